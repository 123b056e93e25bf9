"""The shapes of errors that the wire scripts send, and some that only occur outside a stream."""

from __future__ import annotations

import json
from typing import Any

from conformance.servers.scripted.error_shapes import SHAPES as IN_BAND
from conformance.servers.scripted.error_shapes import Facts, Shape, openai_body


def capitals(said: Facts) -> Any:
    """The form of some errors of AWS."""
    return {"__type": said.code or said.type, "Message": said.text}


def as_text(said: Facts) -> Any:
    return json.dumps(openai_body(said))


def as_bytes(said: Facts) -> Any:
    return json.dumps(openai_body(said)).encode()


SHAPES = [*IN_BAND, Shape(capitals), Shape(as_text), Shape(as_bytes)]
