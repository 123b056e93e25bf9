"""Keys, addresses, time limits and parameters, as people write them.

Scripts: what is decided here is seen in the server's log.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance import laws
from conformance.backends import Target
from conformance.dialogue import text, tools
from conformance.suite.stage import KEY, Build, Serve
from conformance.wire import Stall, always, reply
from conformance.wire.dialects import Dialect

GREETING = text.GREETING
QUESTION = GREETING.messages
FOREIGN = "sk-of-somebody-else"
FOREIGN_NAMES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LITELLM_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY")
PATIENCE = 0.2
"""Seconds that a backend is told to wait for a silent server."""


@pytest.mark.parametrize("key", ["", "  ", "\n"], ids=["empty", "blank", "newline"])
def test_no_key_is_no_key(
    key: str, serve: Serve, build: Build, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that wants no key is asked without one: none that is made up, none from the environment.

    openai/openai-python#961: an empty key made the header ``Bearer `` that nothing can send, and the
    error was a connection's. ingridstevens/AI-projects#2: the client could not even be built.
    """
    for name in FOREIGN_NAMES:
        monkeypatch.setenv(name, FOREIGN)
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, key=key)

    laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), GREETING.answer)

    name, _ = dialect.key_header(KEY)
    for request in dialect.chats(server.requests):
        assert name not in request.headers
        assert FOREIGN not in str(request.headers.raw)


@pytest.mark.core
def test_white_space_around_a_key_is_no_part_of_it(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A key out of a file ends with a line feed; it is sent without it."""
    server = serve(dialect.answering(GREETING.answer))

    laws.is_the_answer(build(server.url, key=f" {KEY}\n").invoke(QUESTION), GREETING.answer)

    [request] = dialect.chats(server.requests)
    name, value = dialect.key_header(KEY)
    assert request.headers[name] == value


@pytest.mark.core
@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-schlüssel"], ids=["two-lines", "not-ascii"])
def test_a_key_that_no_header_can_carry_is_told_at_load(
    key: str, serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """Such a key is said to be wrong when the backend is loaded, and it is not shown.

    run-llama/llama_index#8761: 121 times "illegal header value", each as a failed connection.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, key=key, load=False)

    assert llm.load() is False

    laws.failed_as(llm.invoke(QUESTION), "not_loaded", "not_loaded")
    assert "key" in caplog.text
    assert "sk-" not in caplog.text
    assert server.requests == ()


@pytest.mark.core
def test_a_key_is_read_from_the_variable_that_is_named(
    serve: Serve, build: Build, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key may be the name of a variable, and that one alone is read.

    langchain-ai/langchain#21261: the documentation named another variable than the code read.
    """
    for name in FOREIGN_NAMES:
        monkeypatch.setenv(name, FOREIGN)
    monkeypatch.setenv("KEY_OF_THE_SUITE", KEY)
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, key="KEY_OF_THE_SUITE")

    laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), GREETING.answer)

    name, value = dialect.key_header(KEY)
    assert [request.headers[name] for request in dialect.chats(server.requests)] == [value, value]


@pytest.mark.core
def test_a_variable_that_is_not_set_is_told_at_load(
    serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """The name of a variable that is not set is never sent as if it were the key."""
    server = serve(dialect.answering(GREETING.answer))

    assert build(server.url, key="KEY_OF_NOBODY", load=False).load() is False

    assert "KEY_OF_NOBODY" in caplog.text
    assert server.requests == ()


@pytest.mark.core
@pytest.mark.parametrize("ending", ["/", "//"], ids=["slash", "two-slashes"])
def test_slashes_at_the_end_of_an_address_mean_nothing(
    ending: str, target: Target, serve: Serve, dialect: Dialect
) -> None:
    """An address that ends with a slash is the same address: n4ze3m/dialoqbase#146 asked ``/v1//models``."""
    server = serve(dialect.answering(GREETING.answer))
    exact, slashed = target, replace(target, path=f"{target.path}{ending}")

    for each in (exact, slashed):
        with each.build(server.url, KEY, timeout=10, max_retries=0) as llm:
            laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    first, second = dialect.chats(server.requests)
    assert second.path == first.path
    assert not [request.path for request in server.requests if "//" in request.path]


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "//v1", "/v1//"], ids=lambda path: path or "bare")
def test_an_address_may_name_its_version(path: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """With ``/v1`` and without, the same path is asked.

    neavo/LinguaGacha#137, pssah4/vault-operator#73: without it a page came with a 200, and was no answer.
    """
    server = serve(dialect.answering(GREETING.answer))

    laws.is_the_answer(build(f"{server.url}{path}").invoke(QUESTION), GREETING.answer)

    [request] = dialect.chats(server.requests)
    assert request.path == "/v1/chat/completions"


@pytest.mark.parametrize("address", ["localhost:1234", "ftp://127.0.0.1", "http://", "engine", "http://[::1"])
def test_an_address_that_is_none_is_told_at_load(
    address: str, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no http address is said to be none when the backend is loaded, and not "Connection error."."""
    llm = build(address, load=False)

    assert llm.load() is False

    laws.failed_as(llm.invoke(QUESTION), "not_loaded", "not_loaded")
    assert address in caplog.text
    assert "http://" in caplog.text


@pytest.mark.core
def test_a_call_may_have_a_time_limit_of_its_own(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``timeout`` among the keyword arguments bounds that call, invoked or streamed, and is not sent.

    NVIDIA-NeMo/Guardrails#1828: the limit held in one path and not in the other. UKGovernmentBEIS/
    inspect_ai#5471: a long answer needs more than what was set for all.
    """
    patient = build(serve(always([Stall()])).url)
    laws.failed_as(patient.invoke(QUESTION, timeout=PATIENCE), "timeout")
    laws.failed_as(laws.read(patient.stream(QUESTION, timeout=PATIENCE)), "timeout")

    server = serve(dialect.answering(GREETING.answer))
    answered = build(server.url)
    laws.is_the_answer(answered.invoke(QUESTION, timeout=7.5), GREETING.answer)
    laws.is_the_answer(laws.read(answered.stream(QUESTION, timeout=7.5)), GREETING.answer)
    assert not [request for request in dialect.chats(server.requests) if b"timeout" in request.body]


@pytest.mark.core
def test_a_call_may_have_headers_of_its_own(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``extra_headers`` among the keyword arguments are headers of that call alone, beside the usual ones."""
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)
    name, key = dialect.key_header(KEY)

    laws.is_the_answer(llm.invoke(QUESTION, extra_headers={"x-trace": "one"}), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION, extra_headers={"x-trace": "two"})), GREETING.answer)
    laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    requests = dialect.chats(server.requests)
    assert [request.headers.get("x-trace") for request in requests] == ["one", "two", None]
    assert [request.headers.get(name) for request in requests] == [key, key, key]
    assert not [request for request in requests if b"extra_headers" in request.body]


UNSUPPORTED = {
    # kd-research/Techies#42
    "stop": "Unsupported parameter: 'stop' is not supported with this model.",
    # BerriAI/litellm#14056
    "frequency-penalty": "Argument not supported on this model: frequencyPenalty",
    # BerriAI/litellm#10791
    "unknown": "Unrecognized request argument supplied: system_prompt",
}


@pytest.mark.core
@pytest.mark.parametrize("words", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_a_parameter_that_a_model_refuses_is_a_bad_request(
    words: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A refused parameter is ``bad_request`` in the server's words, no overflow, and not sent again."""
    failure = dialect.error("bad_request", words)
    server = serve(always(reply(failure.body, failure.status)))
    llm = build(server.url, max_retries=2)

    for response in (llm.invoke(QUESTION, stop=["."]), laws.read(llm.stream(QUESTION, stop=["."]))):
        laws.failed_as(response, "bad_request")
        assert words in str(response.error)
    assert len(dialect.chats(server.requests)) == 2


PARAMETERS: dict[str, Any] = {
    "seed": 7,
    "logprobs": True,
    "frequency_penalty": 0.5,
    "user": "ada",
    "service_tier": "flex",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_is_not_sent_is_named(
    name: str, serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A parameter of chat completions reaches the server, or the log says that it does not.

    BerriAI/litellm#17658, MattJColes/lgtmaybe#65: ``drop_params`` let them vanish without a word.
    """
    server = serve(dialect.answering(GREETING.answer))

    laws.is_the_answer(build(server.url).invoke(QUESTION, **{name: PARAMETERS[name]}), GREETING.answer)

    [request] = dialect.chats(server.requests)
    said = str(PARAMETERS[name]).lower().encode()
    assert said in request.body or name in caplog.text


@pytest.mark.core
def test_what_an_answer_depends_on_is_never_dropped(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Tools and the choice among them reach every server, whatever else a route cannot say."""
    server = serve(dialect.answering(tools.ONE_CALL.answer))

    build(server.url).invoke(
        tools.ONE_CALL.messages, tools=[tools.WEATHER], tool_choice="required", seed=7, logprobs=True
    )

    [request] = dialect.chats(server.requests)
    assert dialect.tool_names(request) == ["get_weather"]
    assert dialect.tool_choice(request) == "required"
