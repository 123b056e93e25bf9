"""The shapes in which servers of OpenAI's wire put an error, around the same facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol


class Facts(Protocol):
    """What a provider says of a failure, whatever it is put into."""

    @property
    def status(self) -> int | None:
        """The HTTP status, None where it came inside a 200."""

    @property
    def type(self) -> str | None:
        """The structured type."""

    @property
    def code(self) -> Any:
        """The structured code."""

    @property
    def text(self) -> str:
        """The message."""


def openai_body(said: Facts) -> Any:
    """An object ``error``: what most send."""
    return {"error": {"message": said.text, "type": said.type, "param": None, "code": said.code}}


def plain_string(said: Facts) -> Any:
    """LM Studio's, about half of the time."""
    return {"error": said.text}


def flat(said: Facts) -> Any:
    """vLLM's: nothing around the fields."""
    return {"object": "error", "message": said.text, "type": said.type, "param": None, "code": said.code}


def anthropic_body(said: Facts) -> Any:
    """Anthropic's, as proxies hand it on: a type, no code."""
    error = {"type": said.type or said.code or "error", "message": said.text}
    return {"type": "error", "error": error, "request_id": "req_1"}


def listed(said: Facts) -> Any:
    """Gemini's where a stream was asked for: a list; the code is the status."""
    return [{"error": {"code": said.status or 200, "message": said.text, "status": said.code or said.type}}]


def nested_text(said: Facts) -> Any:
    """Gemini's through a proxy: JSON inside the message."""
    return {"error": {"message": json.dumps(openai_body(said)), "code": None, "type": None}}


def wrapped(said: Facts) -> Any:
    """OpenRouter's: the provider's own body as text in the metadata."""
    metadata = {"raw": json.dumps(openai_body(said)), "provider_name": "Somebody"}
    return {"error": {"message": "Provider returned error", "code": said.status, "metadata": metadata}}


def llama_cpp(said: Facts) -> Any:
    """llama.cpp's: the code is the status, and numbers stand beside it."""
    numbers = {"n_prompt_tokens": 9001, "n_ctx": 8192}
    return {"error": {"code": said.status, "message": said.text, "type": said.code or said.type, **numbers}}


def without_type(said: Facts) -> Any:
    """Copilot's: a code, no type."""
    return {"error": {"message": said.text, "code": said.code or said.type}}


def detail(said: Facts) -> Any:
    """A gateway's: words and nothing else."""
    return {"detail": said.text}


def framework(said: Facts) -> Any:
    """A web framework's own: the status and its name, the reason beside them."""
    status = HTTPStatus(said.status) if said.status in list(HTTPStatus) else HTTPStatus.BAD_REQUEST
    named = {"statusCode": said.status, "error": status.phrase}
    return {**named, "message": said.text, "code": said.code or said.type}


class Shape(NamedTuple):
    """A way to put the facts, and which of them it has a place for.

    Attributes:
        body: puts them.
        has_code: whether type and code have a place.
        has_status: whether the HTTP status has one, so that it is not lost inside a stream.
    """

    body: Callable[[Facts], Any]
    has_code: bool = True
    has_status: bool = False

    @property
    def name(self) -> str:
        """How a test calls it."""
        return self.body.__name__

    def keeps_status(self, said: Facts) -> bool:
        """Whether the status can be read from the body alone, or there is none."""
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
    Shape(framework, has_status=True),
]
"""Every shape that has words; an empty body and a web page have none."""
