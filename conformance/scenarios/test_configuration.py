"""Keys and addresses, as users write them.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.testing import (
    KEY,
    Build,
    Dialect,
    Play,
    Sent,
    Serve,
    Target,
    in_order,
    laws,
    reply,
    text,
)

GREETING = text.GREETING
QUESTION = GREETING.messages
FOREIGN = "sk-of-somebody-else"
FOREIGN_NAMES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LITELLM_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY")

SIGNING = ("oci", "sagemaker", "vertex", "vertex-claude", "vertex-mistral", "vertex-openai")
"""The wires that take no key: their credentials are options that sign a request."""


@pytest.mark.dialects(but=("vertex", "bedrock"))  # nothing can be asked without a signature
@pytest.mark.parametrize("key", ["", "  ", "\n"], ids=["empty", "blank", "newline"])
def test_an_empty_key_is_not_sent(
    key: str, play: Play, sent: Sent, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an empty key no key is sent: neither an invented one nor one from the environment.

    openai/openai-python#961: an empty key made the header ``Bearer `` that nothing can send, and the error
    was a connection's. ingridstevens/AI-projects#2: the client could not even be built.
    """
    for name in FOREIGN_NAMES:
        monkeypatch.setenv(name, FOREIGN)
    llm = play(dialect.answering(GREETING.answer), key=key)

    laws.answers_both_ways(llm, GREETING)

    for request in sent():
        assert not [name for name, _ in dialect.key_headers(KEY) if name in request.headers]
        assert FOREIGN not in str(request.headers.raw)


@pytest.mark.core
@pytest.mark.dialects(but=SIGNING)
def test_white_space_around_a_key_is_removed(play: Play, sent: Sent, dialect: Dialect) -> None:
    """White space around a key is removed before the key is sent."""

    laws.is_the_answer(
        play(dialect.answering(GREETING.answer), key=f" {KEY}\n").invoke(QUESTION), GREETING.answer
    )

    [request] = sent()
    assert dialect.carries_key(request.headers, KEY)


@pytest.mark.core
@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-schlüssel"], ids=["two-lines", "not-ascii"])
def test_an_invalid_key_is_reported_at_load(
    key: str, serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that no header can carry makes load() return False, and the log says so without the key.

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
@pytest.mark.dialects(but=SIGNING)
def test_a_key_is_read_from_the_named_variable(
    play: Play, sent: Sent, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that names an environment variable is read from that variable and from no other.

    langchain-ai/langchain#21261: the documentation named another variable than the code read.
    """
    for name in FOREIGN_NAMES:
        monkeypatch.setenv(name, FOREIGN)
    monkeypatch.setenv("KEY_OF_THE_SUITE", KEY)
    llm = play(dialect.answering(GREETING.answer), key="KEY_OF_THE_SUITE")

    laws.answers_both_ways(llm, GREETING)

    requests = sent()
    assert [dialect.carries_key(request.headers, KEY) for request in requests] == [True, True]


def test_the_key_is_sent_with_every_retry(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A request that is sent again is sent with the same key.

    Seen in run-llama/llama_index#8761.
    """

    laws.is_the_answer(
        play(
            in_order(
                [
                    reply({"error": {"message": "No."}}, 500, {"retry-after": "0.001"}),
                    reply(dialect.completion(GREETING.answer)),
                ]
            ),
            max_retries=1,
        ).invoke(QUESTION),
        GREETING.answer,
    )

    requests = sent()
    assert [dialect.carries_key(request.headers, KEY) for request in requests] == [True, True]


@pytest.mark.core
def test_the_name_of_an_unset_variable_is_not_sent(
    serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that names an unset variable is reported at load(), and the name is never sent as a key.

    load() is False where the provider demands a key.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, key="KEY_OF_NOBODY", load=False)

    if llm.load():
        laws.well_formed(llm.invoke(QUESTION))

    assert "KEY_OF_NOBODY" in caplog.text
    assert not [each for each in server.requests if "KEY_OF_NOBODY" in str(each.headers.raw)]


@pytest.mark.dialects(but=("vertex", "bedrock"))  # nothing can be asked without a signature
def test_a_local_server_is_asked_without_the_key_of_an_unset_variable(
    play: Play, sent: Sent, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a key names an unset variable, a local server is asked without any key."""
    for name in FOREIGN_NAMES:
        monkeypatch.setenv(name, FOREIGN)
    llm = play(dialect.answering(GREETING.answer), key="KEY_OF_NOBODY")

    laws.answers_both_ways(llm, GREETING)

    for request in sent():
        assert not [name for name, _ in dialect.key_headers(KEY) if name in request.headers]
        assert FOREIGN not in str(request.headers.raw)


@pytest.mark.core
@pytest.mark.parametrize("ending", ["/", "//"], ids=["slash", "two-slashes"])
def test_trailing_slashes_of_an_address_are_ignored(
    ending: str, target: Target, serve: Serve, dialect: Dialect
) -> None:
    """An address with slashes at its end is requested at the same path as without them.

    Seen in n4ze3m/dialoqbase#146.
    """
    server = serve(dialect.answering(GREETING.answer))
    exact, slashed = target, replace(target, path=f"{target.path}{ending}")

    for each in (exact, slashed):
        with each.build(server.url, KEY, timeout=10, max_retries=0) as llm:
            laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    first, second = dialect.chat_requests(server.requests)
    assert second.path == first.path
    assert not [request.path for request in server.requests if "//" in request.path]


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("path", ["/v1", "/v1/", "//v1", "/v1//"])
def test_an_address_may_end_with_its_version(
    path: str, target: Target, serve: Serve, dialect: Dialect
) -> None:
    """An address that ends with ``/v1`` is requested at its path, and the version is not added again."""
    server = serve(dialect.answering(GREETING.answer))

    with replace(target, path=path).build(server.url, KEY, timeout=10, max_retries=0) as llm:
        laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    [request] = dialect.chat_requests(server.requests)
    assert request.path == "/v1/chat/completions"


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("path", ["", "/"], ids=["bare", "slash"])
def test_an_address_without_a_version_gets_it(
    path: str, target: Target, serve: Serve, dialect: Dialect
) -> None:
    """The version is added to an address without a path, by a backend that is not given it with the address.

    neavo/LinguaGacha#137, pssah4/vault-operator#73: without it a page came with a 200, and was no answer. A
    target that declares ``path`` has a backend that sends to its address as it is, as litellm does.
    """
    server = serve(dialect.answering(GREETING.answer))

    with replace(target, path=path).build(server.url, KEY, timeout=10, max_retries=0) as llm:
        laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    [asked] = [request.path for request in server.requests if request.path.endswith("/chat/completions")]
    assert asked == "/v1/chat/completions" or (target.path and asked == "/chat/completions")


@pytest.mark.parametrize(
    "address", ["localhost:1234", "ftp://127.0.0.1", "http://", "engine", "http://[::1", "http://127.0.0.1:0"]
)
def test_an_invalid_address_is_reported_at_load(
    address: str, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    """An address that is not an HTTP URL makes load() return False, and the log names the address."""
    llm = build(address, load=False)

    assert llm.load() is False

    laws.failed_as(llm.invoke(QUESTION), "not_loaded", "not_loaded")
    assert address in caplog.text
    assert "http://" in caplog.text
