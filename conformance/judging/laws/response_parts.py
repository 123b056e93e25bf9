"""What belongs to one item of a streamed response, by the ids that its events name."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import Any

from conformance.judging.law import Laws, equal, holds
from conformance.judging.laws.forms import STREAMED
from conformance.judging.reading import Reading, at, string
from conformance.judging.responses import ENDS
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, tools

LAWS = Laws("stream")

PART = ("content_part.added", "output_text.delta", "output_text.done", "content_part.done")
"""The events of a part that is a text, in their order."""


@LAWS.law(cases=STREAMED)
def a_response_is_in_progress_until_it_ends(server: Server, turn: Turn) -> None:
    """The second event is ``response.in_progress``; the id stays, and the last status is the event's type."""
    bodies = server.streamed(turn).bodies
    equal([_kind(each) for each in bodies[:2]], ["created", "in_progress"])
    ids = {string(each, "response", "id") for each in bodies if at(each, "response") is not None}
    holds(len(ids) == 1, f"the ids {sorted(ids)}", "one id of the response")
    for each in bodies:
        if string(each, "type") in ENDS:
            equal(string(each, "response", "status"), _kind(each))


@LAWS.law(cases=STREAMED)
def a_text_comes_in_a_part(server: Server, turn: Turn) -> None:
    """A part of a message is added, gets deltas, and is done with their text; its events name the message."""
    streamed = server.streamed(turn)
    parts = _parts(streamed)
    added = [each for each in streamed.bodies if _kind(each) == "output_item.added"]
    messages = {string(each, "item", "id") for each in added if at(each, "item", "type") == "message"}
    equal(sorted({item for item, _ in parts}), sorted(messages))
    for events in parts.values():
        equal([kind for kind, _ in groupby(_kind(each) for each in events)], list(PART))
        said = "".join(string(each, "delta") for each in events)
        equal([string(each, "part", "text") for each in events if _kind(each) == PART[-1]], [said])


@LAWS.law(cases=STREAMED)
def parts_are_numbered(server: Server, turn: Turn) -> None:
    """The parts of a message have the content indexes 0, 1 and so on."""
    indexes = defaultdict(list)
    for item, index in _parts(server.streamed(turn)):
        indexes[item].append(index)
    for found in indexes.values():
        equal(found, list(range(len(found))))


@LAWS.law("parallel_tools")
def deltas_of_parallel_calls_make_what_is_done(server: Server) -> None:
    """The deltas of each of two calls are together its arguments in both of its ``done`` events."""
    calls = defaultdict(list)
    for each in server.streamed(tools.PARALLEL).bodies:
        calls[string(each, "item_id") or string(each, "item", "id")].append(each)
    for events in calls.values():
        if any(at(each, "item", "type") == "function_call" for each in events):
            said = "".join(string(each, "delta") for each in events)
            done = [
                string(each, "arguments") for each in events if _kind(each) == "function_call_arguments.done"
            ]
            items = [
                string(each, "item", "arguments") for each in events if _kind(each) == "output_item.done"
            ]
            equal((done, items), ([said], [said]))


def _kind(event: Any) -> str:
    return string(event, "type").removeprefix("response.")


def _parts(reading: Reading) -> dict[tuple[str, Any], list[Any]]:
    """The events of each part that is a text, by item and index. Parts of reasoning are none."""
    found = defaultdict(list)
    for each in reading.bodies:
        is_text = at(each, "part", "type") == "output_text" or _kind(each).startswith("output_text.")
        if is_text and _kind(each) in PART:
            found[string(each, "item_id"), at(each, "content_index")].append(each)
    return found
