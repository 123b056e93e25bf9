"""How a message is streamed: https://platform.claude.com/docs/en/build-with-claude/streaming."""

from __future__ import annotations

import re

from conformance.judging.events import framing_faults
from conformance.judging.law import Laws, equal, holds
from conformance.judging.message_types import EVENTS
from conformance.judging.reading import Reading, at, string
from conformance.judging.server import Server
from conformance.judging.shape import shape_of
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("stream")

STREAMED = {turn.name: turn for turn in (text.COUNT, text.ACCENTS, text.CHINESE, text.EMOJI)}

ORDER = re.compile(
    r"message_start (content_block_start (content_block_delta )*content_block_stop )*"
    r"message_delta message_stop "
)
"""The names of the events of a stream without pings, a space behind each."""


@LAWS.law()
def a_stream_is_an_event_stream(server: Server) -> None:
    """A stream has the content type ``text/event-stream``."""
    equal(server.streamed(text.COUNT).exchange.content_type, "text/event-stream")


@LAWS.law(cases=STREAMED)
def events_are_framed(server: Server, turn: Turn) -> None:
    """Every line is a field or a comment, an empty line ends every event, and all is UTF-8."""
    faults = framing_faults(server.streamed(turn).exchange.body)
    holds(not faults, "; ".join(faults[:3]), "server-sent events")


@LAWS.law(cases=STREAMED)
def an_event_is_named_as_its_data_says(server: Server, turn: Turn) -> None:
    """The name of every event is the type in its data."""
    reading = server.streamed(turn)
    pairs = [
        (event.name, string(body, "type")) for event, body in zip(reading.events, reading.bodies, strict=True)
    ]
    holds(bool(pairs), "no event", "events")
    equal([each for each in pairs if each[0] != each[1]], [])


@LAWS.law(cases=STREAMED)
def events_have_their_fields(server: Server, turn: Turn) -> None:
    """Every event has every field of its type, and none of a wrong type."""
    _fit(server, server.streamed(turn))


@LAWS.law("tools")
def events_of_calls_have_their_fields(server: Server) -> None:
    """Every event of a tool call has every field of its type, and none of a wrong type."""
    _fit(server, server.streamed(tools.ONE_CALL))


@LAWS.law(cases=STREAMED)
def events_come_in_their_order(server: Server, turn: Turn) -> None:
    """A message starts, its blocks start, grow and stop one after the other, then it ends and stops."""
    _ordered(server.streamed(turn))


@LAWS.law("parallel_tools")
def events_of_parallel_calls_come_in_their_order(server: Server) -> None:
    """Two calls are two blocks, of which the first has stopped before the second starts."""
    _ordered(server.streamed(tools.PARALLEL))


@LAWS.law("parallel_tools")
def blocks_are_counted(server: Server) -> None:
    """The blocks of a stream have the indexes 0, 1 and so on, and their events name them."""
    bodies = server.streamed(tools.PARALLEL).bodies
    started = [at(each, "index") for each in bodies if at(each, "type") == "content_block_start"]
    equal(started, list(range(len(started))))
    named = {str(at(each, "index")) for each in bodies if string(each, "type").startswith("content_block")}
    equal(sorted(named), sorted(map(str, started)))


@LAWS.law()
def every_stream_has_its_own_id(server: Server) -> None:
    """Two streams have two ids."""
    ids = [_id(server.streamed(text.COUNT, again=again)) for again in (0, 1)]
    holds(all(ids) and ids[0] != ids[1], f"the ids {ids}", "two ids")


def _id(reading: Reading) -> str:
    return next((found for each in reading.bodies if (found := string(each, "message", "id"))), "")


def _ordered(reading: Reading) -> None:
    names = [name for each in reading.bodies if (name := string(each, "type")) != "ping"]
    holds(
        ORDER.fullmatch("".join(f"{name} " for name in names)) is not None,
        " ".join(_counted(names)),
        "message_start, the blocks one after the other, message_delta, message_stop",
    )


def _counted(names: list[str]) -> list[str]:
    """The names, each once where it is repeated."""
    return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]


def _fit(server: Server, reading: Reading) -> None:
    found: list[str] = []
    for event, body in zip(reading.events, reading.bodies, strict=True):
        kind = string(body, "type")
        if kind not in EVENTS:
            found.append(f"the event {event.data[:60]!r} is of no known type")
            continue
        shape = shape_of(event.data, EVENTS[kind])
        server.unknown |= {f"({kind}) {name}" for name in shape.unknown}
        found += [f"{kind}: {fault}" for fault in shape.faults]
    holds(bool(reading.events), "no event", "events")
    holds(not found, "; ".join(dict.fromkeys(found)), "the events of a message")
