"""How a response is streamed: https://developers.openai.com/api/reference/resources/responses/streaming-events."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from conformance.judging.law import Laws, equal, holds
from conformance.judging.laws.forms import STREAMED
from conformance.judging.laws.message_stream import an_event_is_named_as_its_data_says
from conformance.judging.laws.response_answer import LIMIT
from conformance.judging.reading import Reading, at, items, string
from conformance.judging.responses import ENDS, text_of
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("stream")

LAWS.law(cases=STREAMED)(an_event_is_named_as_its_data_says)


@LAWS.law(cases=STREAMED)
def events_come_in_their_order(server: Server, turn: Turn) -> None:
    """A stream begins with ``response.created``, and one event ends it; each item is added, then done."""
    _ordered(server.streamed(turn))


@LAWS.law("parallel_tools")
def events_of_parallel_calls_come_in_their_order(server: Server) -> None:
    """Each of two calls is added, then done, under an index of its own."""
    _ordered(server.streamed(tools.PARALLEL))
    equal(sorted(_by_index(server.streamed(tools.PARALLEL))), [0, 1])


@LAWS.law(cases=STREAMED)
def events_are_numbered(server: Server, turn: Turn) -> None:
    """The events have the sequence numbers 0, 1 and so on."""
    numbers = [at(each, "sequence_number") for each in server.streamed(turn).bodies]
    equal(numbers, list(range(len(numbers))))


@LAWS.law(cases=STREAMED)
def deltas_of_a_text_make_what_is_done(server: Server, turn: Turn) -> None:
    """The deltas of a text are together the text of its ``done`` event, and that of the item."""
    events = _of_the_item(server.streamed(turn), "message")
    said = _joined(events, "response.output_text.delta")
    equal([string(each, "text") for each in events if _is(each, "output_text.done")], [said])
    equal([text_of(at(each, "item")) for each in events if _is(each, "output_item.done")], [said])


@LAWS.law("tools")
def deltas_of_a_call_make_what_is_done(server: Server) -> None:
    """The deltas of arguments are together those of their ``done`` event, and those of the item."""
    events = _of_the_item(server.streamed(tools.ONE_CALL), "function_call")
    said = _joined(events, "response.function_call_arguments.delta")
    done = [string(each, "arguments") for each in events if _is(each, "function_call_arguments.done")]
    equal(done, [said])
    equal([string(each, "item", "arguments") for each in events if _is(each, "output_item.done")], [said])


@LAWS.law("parallel_tools")
def an_item_keeps_its_ids(server: Server) -> None:
    """An item has the same id, call and name where it is added and done, and no other has its ids."""
    streamed = server.streamed(tools.PARALLEL)
    names = ("id", "call_id", "name")
    added, done = (
        [[string(each, "item", name) for name in names] for each in streamed.bodies if _is(each, kind)]
        for kind in ("output_item.added", "output_item.done")
    )
    equal(sorted(added), sorted(done))
    for number, name in enumerate(names[:2]):
        given = [item[number] for item in done if item[number]]
        holds(len(set(given)) == len(given), f"{given}", f"each {name} once")


@LAWS.law(cases=STREAMED)
def the_last_event_repeats_the_items(server: Server, turn: Turn) -> None:
    """The response in the last event has the items that were done, in their order."""
    streamed = server.streamed(turn)
    done = [at(each, "item") for each in streamed.bodies if _is(each, "output_item.done")]
    equal(items(streamed.bodies, len(streamed.bodies) - 1, "response", "output"), done)


@LAWS.law()
def a_truncated_stream_is_incomplete(server: Server) -> None:
    """A stream that ``max_output_tokens`` cuts ends with ``response.incomplete``, as its response says."""
    [end] = [
        each for each in server.streamed(text.LONG, max_tokens=LIMIT).bodies if string(each, "type") in ENDS
    ] or [None]
    equal(string(end, "type"), "response.incomplete")
    equal(string(end, "response", "status"), "incomplete")
    equal(string(end, "response", "incomplete_details", "reason"), server.api.endings["length"])


def _ordered(reading: Reading) -> None:
    kinds = [string(each, "type") for each in reading.bodies]
    ends = [number for number, kind in enumerate(kinds) if kind in ENDS]
    holds(kinds[:1] == ["response.created"], f"{kinds[:1]}", "response.created first")
    holds(ends == [len(kinds) - 1], f"{kinds[-3:]}", "one event that ends the stream, and nothing behind it")
    for events in _by_index(reading).values():
        own = [string(each, "type").removeprefix("response.") for each in events]
        right = own[0] == "output_item.added" and own[-1] == "output_item.done"
        once = own.count("output_item.added") == own.count("output_item.done") == 1
        holds(right and once, f"{own[0]} … {own[-1]}", "an item is added first, and done last")


def _by_index(reading: Reading) -> dict[Any, list[Any]]:
    """The events of each item."""
    found = defaultdict(list)
    for each in reading.bodies:
        if isinstance(index := at(each, "output_index"), int):
            found[index].append(each)
    return found


def _of_the_item(reading: Reading, kind: str) -> list[Any]:
    """The events of the item of this type; of the last, where there are several."""
    found: list[Any] = []
    for events in _by_index(reading).values():
        if any(at(each, "item", "type") == kind for each in events):
            found = events
    holds(bool(found), "no events of such an item", f"events of a {kind}, with their output_index")
    return found


def _is(event: Any, kind: str) -> bool:
    return string(event, "type") == f"response.{kind}"


def _joined(events: list[Any], kind: str) -> str:
    return "".join(string(each, "delta") for each in events if string(each, "type") == kind)
