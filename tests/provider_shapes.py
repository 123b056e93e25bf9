"""The shapes in which servers put an error, around the same facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from provider_texts import Said


def openai_body(said: Said) -> Any:
    return {"error": {"message": said.text, "type": said.type, "param": None, "code": said.code}}


def plain_string(said: Said) -> Any:
    """LM Studio's, about half of the time."""
    return {"error": said.text}


def flat(said: Said) -> Any:
    """vLLM's."""
    return {"object": "error", "message": said.text, "type": said.type, "param": None, "code": said.code}


def anthropic_body(said: Said) -> Any:
    error = {"type": said.type or said.code or "error", "message": said.text}
    return {"type": "error", "error": error, "request_id": "req_1"}


def listed(said: Said) -> Any:
    """Gemini's, where a stream was asked for as JSON."""
    return [{"error": {"code": said.status or 200, "message": said.text, "status": said.code or said.type}}]


def nested_text(said: Said) -> Any:
    """Gemini's through a proxy: JSON inside the message."""
    return {"error": {"message": json.dumps(openai_body(said)), "code": None, "type": None}}


def wrapped(said: Said) -> Any:
    """OpenRouter's."""
    metadata = {"raw": json.dumps(openai_body(said)), "provider_name": "Somebody"}
    return {"error": {"message": "Provider returned error", "code": said.status, "metadata": metadata}}


def llama_cpp(said: Said) -> Any:
    numbers = {"n_prompt_tokens": 9001, "n_ctx": 8192}
    return {"error": {"code": said.status, "message": said.text, "type": said.code or said.type, **numbers}}


def without_type(said: Said) -> Any:
    """Copilot's."""
    return {"error": {"message": said.text, "code": said.code or said.type}}


def detail(said: Said) -> Any:
    """A gateway's."""
    return {"detail": said.text}


def capitals(said: Said) -> Any:
    """Some of AWS's."""
    return {"__type": said.code or said.type, "Message": said.text}


def as_text(said: Said) -> Any:
    return json.dumps(openai_body(said))


def as_bytes(said: Said) -> Any:
    return json.dumps(openai_body(said)).encode()


class Shape(NamedTuple):
    """A way to put the facts, and which of them it has a place for.

    Attributes:
        body: puts them.
        has_code: whether type and code have a place.
        has_status: whether the HTTP status has one, so that it is not lost inside a stream.
        in_band: whether it is sent as an event of a stream as well.
    """

    body: Callable[[Said], Any]
    has_code: bool = True
    has_status: bool = False
    in_band: bool = True

    @property
    def name(self) -> str:
        """How a failing test calls it."""
        return self.body.__name__

    def keeps_status(self, said: Said) -> bool:
        """Whether the status can be read from the body alone, or never decided anything."""
        coded = self.has_code and str(said.code) == str(said.status)
        return self.has_status or said.status is None or coded


SHAPES = [
    Shape(openai_body),
    Shape(plain_string, has_code=False),
    Shape(flat),
    Shape(anthropic_body),
    Shape(listed, has_status=True),
    Shape(nested_text),
    Shape(wrapped, has_status=True),
    Shape(llama_cpp, has_status=True),
    Shape(without_type),
    Shape(detail, has_code=False),
    Shape(capitals, in_band=False),
    Shape(as_text, in_band=False),
    Shape(as_bytes, in_band=False),
]
