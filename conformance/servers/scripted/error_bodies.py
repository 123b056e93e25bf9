"""The bodies in which servers that speak OpenAI's wire report an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol


class ErrorDetails(Protocol):
    """The details of a failure, whatever body holds them."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None for an error inside a 200."""

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
    """OpenAI's and most others': an object ``error``."""
    return {"error": {"message": details.text, "type": details.type, "param": None, "code": details.code}}


def plain_string(details: ErrorDetails) -> Any:
    """LM Studio's, about half of the time: ``error`` is a text."""
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
    """Anthropic's, as proxies pass it on: a type and no code."""
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
    """Copilot's: a code and no type."""
    return {"error": {"message": details.text, "code": details.code or details.type}}


def detail(details: ErrorDetails) -> Any:
    """A gateway's: a message and nothing else."""
    return {"detail": details.text}


def framework(details: ErrorDetails) -> Any:
    """A web framework's: the status, its name, and the message."""
    status = HTTPStatus(details.status) if details.status in list(HTTPStatus) else HTTPStatus.BAD_REQUEST
    named = {"statusCode": details.status, "error": status.phrase}
    return {**named, "message": details.text, "code": details.code or details.type}


class ErrorBody(NamedTuple):
    """A body of an error, and which details it has a field for.

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
        """The name of the function, for test ids."""
        return self.body.__name__

    def keeps_status(self, details: ErrorDetails) -> bool:
        """Whether the body alone tells the status, or there is no status."""
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
"""Every body that has a message; an empty body and a web page have none."""
