"""The shapes in which servers of OpenAI's wire put an error, around the same facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol


class ErrorDetails(Protocol):
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


def openai_body(details: ErrorDetails) -> Any:
    """An object ``error``: what most send."""
    return {"error": {"message": details.text, "type": details.type, "param": None, "code": details.code}}


def plain_string(details: ErrorDetails) -> Any:
    """LM Studio's, about half of the time."""
    return {"error": details.text}


def flat(details: ErrorDetails) -> Any:
    """vLLM's: nothing around the fields."""
    return {
        "object": "error",
        "message": details.text,
        "type": details.type,
        "param": None,
        "code": details.code,
    }


def anthropic_body(details: ErrorDetails) -> Any:
    """Anthropic's, as proxies hand it on: a type, no code."""
    error = {"type": details.type or details.code or "error", "message": details.text}
    return {"type": "error", "error": error, "request_id": "req_1"}


def listed(details: ErrorDetails) -> Any:
    """Gemini's where a stream was asked for: a list; the code is the status."""
    return [
        {
            "error": {
                "code": details.status or 200,
                "message": details.text,
                "status": details.code or details.type,
            }
        }
    ]


def nested_text(details: ErrorDetails) -> Any:
    """Gemini's through a proxy: JSON inside the message."""
    return {"error": {"message": json.dumps(openai_body(details)), "code": None, "type": None}}


def wrapped(details: ErrorDetails) -> Any:
    """OpenRouter's: the provider's own body as text in the metadata."""
    metadata = {"raw": json.dumps(openai_body(details)), "provider_name": "Somebody"}
    return {"error": {"message": "Provider returned error", "code": details.status, "metadata": metadata}}


def llama_cpp(details: ErrorDetails) -> Any:
    """llama.cpp's: the code is the status, and numbers stand beside it."""
    numbers = {"n_prompt_tokens": 9001, "n_ctx": 8192}
    return {
        "error": {
            "code": details.status,
            "message": details.text,
            "type": details.code or details.type,
            **numbers,
        }
    }


def without_type(details: ErrorDetails) -> Any:
    """Copilot's: a code, no type."""
    return {"error": {"message": details.text, "code": details.code or details.type}}


def detail(details: ErrorDetails) -> Any:
    """A gateway's: words and nothing else."""
    return {"detail": details.text}


def framework(details: ErrorDetails) -> Any:
    """A web framework's own: the status and its name, the reason beside them."""
    status = HTTPStatus(details.status) if details.status in list(HTTPStatus) else HTTPStatus.BAD_REQUEST
    named = {"statusCode": details.status, "error": status.phrase}
    return {**named, "message": details.text, "code": details.code or details.type}


class ErrorBody(NamedTuple):
    """A way to put the facts, and which of them it has a place for.

    Attributes:
        body: puts them.
        has_code: whether type and code have a place.
        has_status: whether the HTTP status has one, so that it is not lost inside a stream.
    """

    body: Callable[[ErrorDetails], Any]
    has_code: bool = True
    has_status: bool = False

    @property
    def name(self) -> str:
        """How a test calls it."""
        return self.body.__name__

    def keeps_status(self, details: ErrorDetails) -> bool:
        """Whether the status can be read from the body alone, or there is none."""
        coded = self.has_code and str(details.code) == str(details.status)
        return self.has_status or details.status is None or coded


ERROR_BODIES = [
    ErrorBody(openai_body),
    ErrorBody(plain_string, has_code=False),
    ErrorBody(flat),
    ErrorBody(anthropic_body),
    ErrorBody(listed, has_status=True),
    ErrorBody(nested_text),
    ErrorBody(wrapped, has_status=True),
    ErrorBody(llama_cpp, has_status=True),
    ErrorBody(without_type),
    ErrorBody(detail, has_code=False),
    ErrorBody(framework, has_status=True),
]
"""Every shape that has words; an empty body and a web page have none."""
