"""The shapes of errors that the wire scripts send, and some that only occur outside a stream."""

from __future__ import annotations

import json
from typing import Any

from conformance.servers.scripted.error_bodies import ERROR_BODIES as IN_BAND
from conformance.servers.scripted.error_bodies import ErrorBody, ErrorDetails, openai_body


def capitals(said: ErrorDetails) -> Any:
    """The form of some errors of AWS."""
    return {"__type": said.code or said.type, "Message": said.text}


def as_text(said: ErrorDetails) -> Any:
    return json.dumps(openai_body(said))


def as_bytes(said: ErrorDetails) -> Any:
    return json.dumps(openai_body(said)).encode()


ERROR_BODIES = [*IN_BAND, ErrorBody(capitals), ErrorBody(as_text), ErrorBody(as_bytes)]
