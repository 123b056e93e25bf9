"""Calls and thinking on Google's wire: calls come complete and without ids, and one part has a signature.

Scripts, in the form of real traffic.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.scenarios.test_gemini_wire import answering, saying
from conformance.testing import Answer, Build, Dialect, Play, ScriptedServer, Serve, gemini, laws, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("gemini", "vertex")]

QUESTION = text.GREETING.messages


@pytest.mark.parametrize("together", [True, False], ids=["one-event", "an-event-each"])
def test_parallel_calls_are_read_from_one_event_or_several(
    together: bool, play: Play, dialect: Dialect
) -> None:
    """Parallel calls are all read, whether they come in one event or in one event each.

    su-kaka/gcli2api#406: counted anew in each event, all of them had the index 0. Two calls may be equal.
    """
    answer = Answer(calls=(tools.PARIS, tools.PARIS, *tools.PARALLEL_MIXED.answer.calls))
    parts = gemini.called(answer)
    events = [saying(*parts, reason="STOP")]
    if not together:
        events = [*(saying(part) for part in parts[:-1]), saying(parts[-1], reason="STOP")]
    llm = play(answering(dialect, *events))

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), answer)


def test_parts_of_server_side_tools_are_ignored(play: Play, dialect: Dialect) -> None:
    """Code that the server ran and tools that it called are reported neither as text nor as tool calls."""
    ran = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    outcome = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    searched = {"toolCall": {"toolType": "FILE_SEARCH", "id": "tju3qkc9"}, "thoughtSignature": "c2ln"}
    body = saying(ran, outcome, searched, {"text": "One."}, reason="STOP")

    for response in laws.ask_both_ways(play(answering(dialect, body)), QUESTION):
        laws.is_the_answer(response, Answer("One."))


def test_a_signature_is_sent_back_with_its_call(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A thought signature is sent back with the first of parallel calls, and thoughts are not sent as text.

    mpfaffenberger/code_puppy#165: without the signature the conversation is refused. BerriAI/litellm#37541:
    one made up for the other calls spoils the answer.
    """
    scripted = Answer("", calls=tools.PARALLEL.answer.calls, reasoning="Both cities, then.")
    server = serve(dialect.answering(scripted))
    llm = build(server.url)

    for response in laws.ask_both_ways(llm, tools.PARALLEL.messages, tools=[tools.WEATHER]):
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY}
            for call in response.tool_calls
        ]
        llm.invoke([*tools.PARALLEL.messages, response.as_message(), *results], tools=[tools.WEATHER])

        played = _played(server, dialect)
        [signature] = dialect.opaque(scripted)
        assert [_signature(part) for part in played if "functionCall" in _plain(part)] == [signature, None]
        assert [part for part in played if "text" in part and not part.get("thought")] == []


def test_a_signature_is_sent_back_with_its_text(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A thought signature of a text is sent back with that text.

    BerriAI/litellm#18570: lost, the next answer is a worse one.
    """
    scripted = Answer("Yes.", reasoning="It is.")
    server = serve(dialect.answering(scripted))
    llm = build(server.url)

    for response in laws.ask_both_ways(llm, QUESTION):
        llm.invoke([*QUESTION, response.as_message(), *QUESTION])

        assert [(part["text"], _signature(part)) for part in _played(server, dialect)] == [
            ("Yes.", *dialect.opaque(scripted))
        ]


def _played(server: ScriptedServer, dialect: Dialect) -> list[dict[str, Any]]:
    """The parts of the model's one answer in the latest request."""
    contents = dialect.chat_requests(server.requests)[-1].json()["contents"]
    [played] = [content["parts"] for content in contents if content["role"] == "model"]
    return list(played)


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """The part with the names as Google answers them; it reads both spellings."""
    names = {"function_call": "functionCall", "thought_signature": "thoughtSignature"}
    return {names.get(name, name): value for name, value in part.items()}


def _signature(part: dict[str, Any]) -> Any:
    return _plain(part).get("thoughtSignature")
