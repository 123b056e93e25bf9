"""Tool calls of which a stream sends something more than once.

Scripts: no server at hand does it on demand.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted.raw import (
    BOTH,
    ONE,
    OSLO,
    PARIS,
    chunk,
    fragment,
    in_fragments,
    opening,
    tool_calls,
)
from conformance.testing import Dialect, Play, laws, raw, tools

pytestmark = pytest.mark.dialects("openai")

QUESTION = [tools.ASK_BOTH]
TOOLS = [tools.WEATHER, tools.ALARMS]
PIECES = [fragment(index=0, arguments='{"city": '), fragment(index=0, arguments='"Paris"}')]

TWO_OF_ONE_ID: laws.Calls = [BOTH[0], (laws.MADE_UP, *BOTH[1][1:])]

REPEATED: dict[str, tuple[list[Any], laws.Calls]] = {
    "call": ([opening(index=0, id="a", arguments=PARIS)] * 2, ONE),
    "call-three-times": ([opening(index=0, id="a", arguments=PARIS)] * 3, ONE),
    "call-in-pieces": ([opening(index=0, id="a"), *PIECES, opening(index=0, id="a"), *PIECES], ONE),
    "call-without-index": ([opening(index=0, id="a"), *PIECES, opening(id="a", arguments=PARIS)], ONE),
    "arguments": ([opening(index=0, id="a"), *PIECES, fragment(index=0, arguments=PARIS)], ONE),
    "arguments-so-far": (
        [opening(index=0, id="a"), *(fragment(index=0, arguments=PARIS[:end]) for end in (4, 12, None))],
        ONE,
    ),
    "arguments-an-object": (
        [opening(index=0, id="a"), *PIECES, fragment(index=0, arguments={"city": "Paris"})],
        ONE,
    ),
    "both-calls": (
        [
            *(opening(index=0, id="a", arguments=PARIS), opening(index=1, id="b", arguments=OSLO)),
            [opening(index=0, id="a", arguments=PARIS), opening(index=1, id="b", arguments=OSLO)],
        ],
        BOTH,
    ),
    "id-alone": (
        [opening(index=0, id="a", arguments=PARIS), opening(index=0, id="a", arguments=OSLO)],
        TWO_OF_ONE_ID,
    ),
    "id-alone-in-pieces": (
        [
            *(opening(index=0, id="a"), *PIECES, opening(index=0, id="a")),
            *(fragment(index=0, arguments='{"city": '), fragment(index=0, arguments='"Oslo"}')),
        ],
        TWO_OF_ONE_ID,
    ),
    # microsoft/autogen#7549, ogx-ai/ogx#5462
    "placeholder-before": (
        [opening(index=0, id="a", arguments="{}"), fragment(index=0, arguments=PARIS)],
        ONE,
    ),
    "placeholder-an-object": (
        [
            opening(index=0, id="a", arguments={}),
            fragment(index=0, arguments='{"city": '),
            fragment(index=0, arguments='"Paris"}'),
        ],
        ONE,
    ),
    "placeholder-behind": (
        [opening(index=0, id="a", arguments=PARIS), fragment(index=0, arguments="{}")],
        ONE,
    ),
    "placeholder-in-each": (
        [
            opening(index=0, id="a", arguments="{}"),
            *(fragment(index=0, arguments=each) for each in (PARIS, "{}", "{}")),
        ],
        ONE,
    ),
    "placeholder-none": (
        [opening(index=0, id="a", arguments="None"), fragment(index=0, arguments=PARIS)],
        ONE,
    ),
    "neither-index-nor-id": (
        [opening(), fragment(arguments=PARIS), opening(), fragment(arguments=OSLO)],
        [(laws.MADE_UP, *call[1:]) for call in BOTH],
    ),
}


@pytest.mark.parametrize(("fragments", "expected"), REPEATED.values(), ids=REPEATED)
def test_what_is_sent_again_is_no_other_call(
    fragments: list[Any], expected: laws.Calls, play: Play, dialect: Dialect
) -> None:
    """A call or its arguments, sent once more behind all, count once; other arguments are another call.

    Also where a server sends in each fragment all arguments so far; and ``{}`` before or behind the arguments
    is not part of them (microsoft/autogen#7549, ogx-ai/ogx#5462).
    """
    llm = play(in_fragments(dialect, expected, fragments))
    invoked, streamed = laws.ask_both_ways(llm, QUESTION, tools=TOOLS)

    laws.calls_are(streamed, expected)
    laws.same_answer(streamed, invoked)


def test_a_call_of_another_kind_is_not_lost(play: Play, dialect: Dialect) -> None:
    """A call of a kind that the contract does not know is ``malformed_response``, and never dropped."""
    custom = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "run", "input": "print(1)"}}

    for response in laws.ask_both_ways(play(tool_calls(dialect, [custom], [custom])), QUESTION):
        laws.failed_as(response, "malformed_response")


def test_a_tool_that_the_server_runs_is_not_called(play: Play, dialect: Dialect) -> None:
    """A call without a name, of a tool that the server has run itself, is no call of the caller's.

    Zhipu's GLM shows its web search so, with the results in it.
    """
    search = {"index": 0, "id": "a", "type": "web_search", "web_search": {"input": "Paris", "outputs": []}}
    body = raw.completion({"content": "Sunny.", "tool_calls": [search]})
    chunks = [chunk({"tool_calls": [search]}), chunk({"content": "Sunny."}), chunk({}, "stop")]

    for response in laws.ask_both_ways(play(raw.both_ways(dialect, body, chunks)), QUESTION, tools=TOOLS):
        laws.has_fields(response, error=None, content="Sunny.", tool_calls=[], finish_reason="stop")
