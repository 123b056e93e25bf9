"""The parameters of a call: they are sent by invoke and by stream, or the log names them.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.testing import DEADLINE, KEY, Dialect, Play, Sent, WaitForClose, laws, text, tools

GREETING = text.GREETING
QUESTION = GREETING.messages
PATIENCE = 0.2
"""The timeout in seconds of a call to a silent server."""

FALSY: dict[str, Any] = {
    "temperature": 0,
    "top_p": 0,
    "seed": 0,
    "presence_penalty": 0,
    "frequency_penalty": 0.0,
    "logprobs": False,
    "parallel_tool_calls": False,
}


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("name", FALSY)
def test_falsy_parameters_are_sent(name: str, play: Play, sent: Sent, dialect: Dialect) -> None:
    """A parameter whose value is 0 or False is sent."""

    llm = play(dialect.answering(tools.ONE_CALL.answer))

    laws.answers_both_ways(llm, tools.ONE_CALL, **{name: FALSY[name]})

    assert [request.json()[name] for request in sent()] == [FALSY[name]] * 2


@pytest.mark.needs("tools")
@pytest.mark.core
def test_the_same_question_is_the_same_request(play: Play, sent: Sent, dialect: Dialect) -> None:
    """The same question is sent as the same bytes each time.

    Nothing can be cached or replayed otherwise; LiteLLM once sent Cohere the name that it kept a client by.
    """
    llm = play(dialect.answering(tools.ONE_CALL.answer))

    laws.answers_both_ways(llm, tools.ONE_CALL)
    laws.answers_both_ways(llm, tools.ONE_CALL)

    first, second = ([each.body for each in sent()[start::2]] for start in (0, 1))
    assert first[0] == first[1]
    assert second[0] == second[1]


@pytest.mark.dialects("openai", "anthropic")
def test_invoke_and_stream_send_the_same_parameters(play: Play, sent: Sent, dialect: Dialect) -> None:
    """stream() sends the same parameters as invoke().

    NVIDIA-NeMo/Guardrails#1828: a parameter was sent in one path and not in the other.
    """

    llm = play(dialect.answering(tools.ONE_CALL.answer))

    laws.answers_both_ways(llm, tools.ONE_CALL, **FALSY, max_tokens=7, stop=["."], tool_choice="auto")

    invoked, streamed = (request.json() for request in sent())
    assert streamed.pop("stream") is True
    streamed.pop("stream_options", None)
    assert invoked.pop("stream", False) is False
    assert streamed == invoked
    assert invoked["max_tokens"] == 7


@pytest.mark.core
def test_a_call_may_set_its_own_timeout(play: Play, sent: Sent, dialect: Dialect) -> None:
    """``timeout`` among the keyword arguments limits that call, invoked or streamed, and is not sent.

    NVIDIA-NeMo/Guardrails#1828: the timeout applied in one path and not in the other. UKGovernmentBEIS/
    inspect_ai#5471: a long answer needs more than what was set for all.
    """
    patient = play([WaitForClose()], timeout=10 * DEADLINE)
    laws.failed_as(patient.invoke(QUESTION, timeout=PATIENCE), "timeout")
    laws.failed_as(laws.read(patient.stream(QUESTION, timeout=PATIENCE)), "timeout")

    answered = play(dialect.answering(GREETING.answer))
    laws.answers_both_ways(answered, GREETING, timeout=7.5)
    assert not [request for request in sent() if b"timeout" in request.body]


@pytest.mark.core
def test_a_call_may_set_its_own_headers(play: Play, sent: Sent, dialect: Dialect) -> None:
    """``extra_headers`` are sent with that call alone, beside the usual headers."""
    llm = play(dialect.answering(GREETING.answer))

    laws.is_the_answer(llm.invoke(QUESTION, extra_headers={"x-trace": "one"}), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION, extra_headers={"x-trace": "two"})), GREETING.answer)
    laws.is_the_answer(llm.invoke(QUESTION), GREETING.answer)

    requests = sent()
    assert [request.headers.get("x-trace") for request in requests] == ["one", "two", None]
    assert all(dialect.carries_key(request.headers, KEY) for request in requests)
    assert not [request for request in requests if b"extra_headers" in request.body]


PARAMETERS: dict[str, Any] = {
    "seed": 7,
    "logprobs": True,
    "frequency_penalty": 0.5,
    "user": "ada",
    "service_tier": "flex",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_dropped_parameter_is_logged(
    name: str, play: Play, sent: Sent, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A parameter of chat completions is sent, or the log says that it is not.

    BerriAI/litellm#17658, MattJColes/lgtmaybe#65: ``drop_params`` dropped them silently.
    """

    laws.is_the_answer(
        play(dialect.answering(GREETING.answer)).invoke(QUESTION, **{name: PARAMETERS[name]}), GREETING.answer
    )

    [request] = sent()
    value = str(PARAMETERS[name]).lower().encode()
    assert value in request.body or name in caplog.text


@pytest.mark.needs("tools")
@pytest.mark.core
def test_tools_and_tool_choice_are_never_dropped(play: Play, sent: Sent, dialect: Dialect) -> None:
    """Tools and the tool choice are sent on every route, whatever else the route drops."""

    llm = play(dialect.answering(tools.ONE_CALL.answer))
    offered = [tools.WEATHER]
    answer = llm.invoke(tools.ONE_CALL.messages, tools=offered, tool_choice="required", seed=7, logprobs=True)
    laws.is_an_answer(answer)

    [request] = sent()
    assert dialect.tool_names(request) == ["get_weather"]
    assert dialect.tool_choice(request) == "required"
