"""Tool calls in every form in which servers of OpenAI's wire send them.

Scripts: no server at hand sends all of them; each is one that users of some server have met.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted.raw import BOTH, ONE, OSLO, PARIS, Fragment, fragment, opening, tool_calls
from conformance.testing import Dialect, Play, laws, raw, tools

pytestmark = pytest.mark.dialects("openai")

QUESTION = [tools.ASK_BOTH]
TOOLS = [tools.WEATHER, tools.ALARMS]

WHOLE: dict[str, tuple[list[Fragment], laws.Calls]] = {
    # simonw/llm#1164, microsoft/autogen#5667, cheshire-cat-ai/core#1140
    "arguments-empty": ([fragment(id="a", name="list_alarms", arguments="")], [("a", "list_alarms", "{}")]),
    # pydantic/pydantic-ai#822
    "arguments-null": ([fragment(id="a", name="list_alarms", arguments=None)], [("a", "list_alarms", "{}")]),
    "arguments-null-as-text": (
        [fragment(id="a", name="list_alarms", arguments="null")],
        [("a", "list_alarms", "{}")],
    ),
    "arguments-missing": ([fragment(id="a", name="list_alarms")], [("a", "list_alarms", "{}")]),
    # NousResearch/hermes-agent#1114
    "arguments-an-object": ([opening(id="a", arguments={"city": "Paris"})], ONE),
    # langchain-ai/langchain#35990
    "arguments-a-text": ([opening(id="a", arguments='"Paris"')], [("a", "get_weather", '"Paris"')]),
    "arguments-a-list": ([opening(id="a", arguments="[]")], [("a", "get_weather", "[]")]),
    "arguments-a-number": ([opening(id="a", arguments="123")], [("a", "get_weather", "123")]),
    # NousResearch/hermes-agent#83229, XpressAI/xaibo#33
    "arguments-broken": (
        [opening(id="a", arguments='{"city": Paris"}'), opening(id="b", arguments=OSLO)],
        [("a", "get_weather", '{"city": Paris"}'), BOTH[1]],
    ),
    # lmstudio-ai/lmstudio-bug-tracker#830, vercel/ai#19091
    "id-empty": (
        [opening(id="", arguments=PARIS), opening(id="", arguments=OSLO)],
        [(laws.MADE_UP, *call[1:]) for call in BOTH],
    ),
    "id-null": ([opening(id=None, arguments=PARIS)], [(laws.MADE_UP, *ONE[0][1:])]),
    "id-missing": ([opening(arguments=PARIS)], [(laws.MADE_UP, *ONE[0][1:])]),
    "id-twice": (
        [opening(id="a", arguments=PARIS), opening(id="a", arguments=OSLO)],
        [BOTH[0], (laws.MADE_UP, *BOTH[1][1:])],
    ),
}


@pytest.mark.parametrize(("calls", "expected"), WHOLE.values(), ids=WHOLE)
def test_calls_in_any_form_are_normalised(
    calls: list[Fragment], expected: laws.Calls, play: Play, dialect: Dialect
) -> None:
    """Tool calls in any form get arguments as JSON text and distinct ids, invoked and streamed.

    Invalid JSON stays as it was written: a ``{}`` in its place runs the tool with other arguments
    (NousResearch/hermes-agent#83229), and no arguments are ``{}``, not an error (simonw/llm#1164).
    """
    indexed = [{"index": number, **call} for number, call in enumerate(calls)]

    for response in laws.ask_both_ways(play(tool_calls(dialect, calls, indexed)), QUESTION, tools=TOOLS):
        laws.calls_are(response, expected)


@pytest.mark.parametrize("finish", ["stop", None])
def test_calls_are_reported_with_any_finish_reason(finish: str | None, play: Play, dialect: Dialect) -> None:
    """Tool calls are reported also with the finish reason ``stop``, and with none before ``[DONE]``.

    BerriAI/litellm#12862, sgl-project/sglang#2877: the loop ended, and the calls were never run.
    """
    fragments = [opening(index=0, id="a"), fragment(index=0, arguments=PARIS)]
    calls = [opening(id="a", arguments=PARIS)]

    llm = play(tool_calls(dialect, calls, fragments, finish_reason=finish))

    for response in laws.ask_both_ways(llm, QUESTION, tools=TOOLS):
        laws.calls_are(response, ONE)
        assert response.finish_reason in (finish, "tool_calls")


@pytest.mark.parametrize("finish", ["length", "tool_calls"])
def test_a_truncated_call_keeps_its_arguments(finish: str, play: Play, dialect: Dialect) -> None:
    """A tool call that the token limit cuts keeps its incomplete arguments and its finish reason.

    NousResearch/hermes-agent#35151, #7693: ``{}`` was put in their place, and the tool was run with it. Some
    servers call such an end ``tool_calls``, and then the text alone shows the cut.
    """
    half = PARIS[:-3]
    fragments = [opening(index=0, id="a"), fragment(index=0, arguments=half)]
    calls = [opening(id="a", arguments=half)]

    llm = play(tool_calls(dialect, calls, fragments, finish_reason=finish))

    for response in laws.ask_both_ways(llm, QUESTION, tools=TOOLS):
        laws.calls_are(response, [("a", "get_weather", half)])
        assert response.finish_reason == finish


def in_a_message(*calls: Fragment) -> list[raw.RawEvent]:
    """A stream of one chunk, with a message in place of its delta."""
    choice = {"index": 0, "message": {"tool_calls": [*calls]}, "finish_reason": "tool_calls"}
    return [raw.chunk_without_choice(choices=[choice])]


WITHOUT_FRAGMENTS: dict[str, tuple[list[raw.RawEvent], list[str]]] = {
    "function-call": (
        [
            raw.chunk({"function_call": {"name": "get_weather", "arguments": ""}}),
            *(raw.chunk({"function_call": {"arguments": each}}) for each in (PARIS[:8], PARIS[8:])),
            raw.chunk({}, "function_call"),
        ],
        [PARIS],
    ),
    "message": (in_a_message(opening(id="a", arguments=PARIS)), [PARIS]),
    "message-of-two": (
        in_a_message(opening(arguments=PARIS), opening(arguments=OSLO)),
        [PARIS, OSLO],
    ),
}
"""Streams in which no delta has ``tool_calls``, and the arguments of their calls."""


@pytest.mark.parametrize(("chunks", "expected"), WITHOUT_FRAGMENTS.values(), ids=WITHOUT_FRAGMENTS)
def test_calls_without_fragments_are_calls(
    chunks: list[raw.RawEvent], expected: list[str], play: Play
) -> None:
    """The calls of a stream may come as ``function_call``, or in a message in place of its deltas."""
    llm = play(raw.streaming(*chunks, raw.DONE))

    response = laws.read(llm.stream(QUESTION, tools=TOOLS))

    laws.calls_are(response, [(laws.MADE_UP, "get_weather", each) for each in expected])


def test_arguments_without_a_name_are_not_lost(play: Play, dialect: Dialect) -> None:
    """Arguments of a call that never gets a name are ``malformed_response``, and never dropped."""
    nameless = [fragment(index=0, id="a", arguments=PARIS)]

    for response in laws.ask_both_ways(play(tool_calls(dialect, nameless, nameless)), QUESTION):
        laws.failed_as(response, "malformed_response")
