"""The error bodies that the scripted server sends, and some that only occur outside a stream."""

from __future__ import annotations

import json
from typing import Any

from conformance.servers.scripted.error_bodies import ERROR_BODIES as IN_BAND
from conformance.servers.scripted.error_bodies import ErrorBody, ErrorDetails, openai_body


def capitals(details: ErrorDetails) -> Any:
    """Some error bodies of AWS."""
    return {"__type": details.code or details.type, "Message": details.text}


def as_text(details: ErrorDetails) -> Any:
    return json.dumps(openai_body(details))


def as_bytes(details: ErrorDetails) -> Any:
    return json.dumps(openai_body(details)).encode()


ERROR_BODIES = [*IN_BAND, ErrorBody(capitals), ErrorBody(as_text), ErrorBody(as_bytes)]
