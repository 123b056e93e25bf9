"""The parts of a recording: its provenance, requests and responses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.recording.cassette.provenance import Provenance


@dataclass(frozen=True)
class Request:
    """A request as it was sent; header names are lower case."""

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
    """A response; header names are lower case."""

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


def decoded(response: Response) -> bytes:
    """The body of ``response``, decoded from its content encoding."""
    # Not at the top: most runs import no httpx before the backend that they ask does.
    import httpx

    # It decodes exactly those content encodings that the client was able to read.
    encoding = {name: text for name, text in response.headers.items() if name == "content-encoding"}
    return httpx.Response(response.status, headers=encoding, content=response.body).content


def answers_contain(text: str, interactions: Iterable[Interaction]) -> bool:
    """Whether the body of a response contains ``text``, an id, as it is or as JSON escapes it."""
    spellings = {text.encode("utf-8"), json.dumps(text)[1:-1].encode("ascii")}
    return any(spelling in decoded(each.response) for each in interactions for spelling in spellings)
