"""The parts of a recording: who recorded it, what was sent, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.recording.provenance import Provenance


@dataclass(frozen=True)
class Request:
    """What was sent; header names are lower case."""

    method: str
    uri: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path of the URI, without its query."""
        return urlsplit(self.uri).path


@dataclass(frozen=True)
class Response:
    """What came back, its body decoded from any content encoding; header names are lower case."""

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Interaction:
    """One request and its response."""

    request: Request
    response: Response


@dataclass(frozen=True)
class Recording:
    """A whole cassette in memory."""

    provenance: Provenance
    interactions: tuple[Interaction, ...]
