"""What a server told: the body of its answer as the client read it, and whether a text stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import httpx

from conformance.recording.interaction import Interaction, Response


def decoded(response: Response) -> bytes:
    """The body of ``response`` without its content encoding."""
    # httpx decodes exactly those content encodings that the client was able to read.
    encoding = {name: text for name, text in response.headers.items() if name == "content-encoding"}
    return httpx.Response(response.status, headers=encoding, content=response.body).content


def is_told(text: str, interactions: Iterable[Interaction]) -> bool:
    """Whether a server said ``text``, an id, in one of its answers."""
    # As it stands and as JSON escapes it: an id of another script may be either.
    forms = {text.encode("utf-8"), json.dumps(text)[1:-1].encode("ascii")}
    return any(form in decoded(each.response) for each in interactions for form in forms)
