"""How a message is streamed: https://platform.claude.com/docs/en/build-with-claude/streaming."""

from __future__ import annotations

import re

from conformance.judging.law import Laws, equal, holds
from conformance.judging.laws.forms import STREAMED
from conformance.judging.reading import Reading, at, string
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, tools

LAWS = Laws("stream")

ORDER = re.compile(
    r"message_start (content_block_start (content_block_delta )*content_block_stop )*"
    r"message_delta message_stop "
)
"""The names of the events of a stream without pings, a space behind each."""


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
