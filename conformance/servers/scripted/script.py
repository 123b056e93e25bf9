"""The steps of a script, and the two scripts that most scenarios need."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from conformance.servers.scripted.request import Request

DEADLINE = 30.0
"""Seconds after which a wait that a scenario should have ended is an error."""

_PHRASES: Mapping[int, str] = {each.value: each.phrase for each in HTTPStatus}


@dataclass(frozen=True)
class Head:
    """Send the status line and the headers, in one write with the bytes that follow."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The bytes of the head; a status without a registered name, such as 529, has none."""
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, '')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(frozen=True)
class Send:
    """Send exactly these bytes, in a write of their own."""

    data: bytes


@dataclass(frozen=True)
class Chunk:
    """Send these bytes as one chunk of a chunked body."""

    data: bytes

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError("an empty chunk would end the body: say LastChunk()")

    def encode(self) -> bytes:
        """The chunk with its length before it."""
        return b"%x\r\n%b\r\n" % (len(self.data), self.data)


@dataclass(frozen=True)
class LastChunk:
    """Send the terminator of a chunked body."""

    def encode(self) -> bytes:
        """The chunk of length zero."""
        return b"0\r\n\r\n"


@dataclass(frozen=True)
class Wait:
    """Hold the rest back until the scenario sets ``event``; stopping the server sets it too."""

    event: threading.Event
    timeout: float = DEADLINE


@dataclass(frozen=True)
class WaitForClose:
    """Send nothing until the client leaves; a client that stays is an error."""

    timeout: float = DEADLINE


@dataclass(frozen=True)
class Stall:
    """Send nothing, with the socket open, until the client leaves or the server stops."""


@dataclass(frozen=True)
class Repeat:
    """Send these bytes as a chunk, or as they are, ``times`` times, and wait ``seconds`` after each."""

    data: bytes
    times: int
    seconds: float
    chunked: bool = True


@dataclass(frozen=True)
class Close:
    """Close the connection after a whole response, instead of keeping it alive."""


@dataclass(frozen=True)
class Cut:
    """Close the connection here, in the middle of a response: no terminator, no rest."""


@dataclass(frozen=True)
class Reset:
    """Break the connection here: the client sees a TCP reset."""


Step = Head | Send | Chunk | LastChunk | Wait | WaitForClose | Stall | Repeat | Close | Cut | Reset

Script = Sequence[Step]
"""The steps for one request; the connection is kept alive unless one of them ends it."""


@dataclass(frozen=True)
class Served:
    """One request, and the steps that were begun for it."""

    request: Request
    steps: list[Step] = field(default_factory=list)


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Script:
    """A whole response with a content-length; a ``body`` that is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    own = {"content-type": "application/json", "content-length": str(len(data))}
    return [Head(status, own | lowered(headers)), Send(data)]


def stream(
    events: Sequence[bytes | Step], status: int = 200, headers: Mapping[str, str] | None = None
) -> Script:
    """A chunked event stream, a chunk an event; steps such as ``Wait`` may stand between events."""
    own = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
    steps = [Chunk(event) if isinstance(event, bytes) else event for event in events]
    return [Head(status, own | lowered(headers)), *steps, LastChunk()]


def lowered(headers: Mapping[str, str] | None) -> dict[str, str]:
    """``headers`` with lower-case names, so that they replace others whatever their case."""
    return {name.lower(): value for name, value in (headers or {}).items()}
