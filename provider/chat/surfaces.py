"""The APIs that a model can be asked through: how a chat completion's request and answer look in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from provider.chat.response_requests import response_request
from provider.chat.responses import ResponseChunks, completion

API = Literal["chat_completions", "responses"]
"""The names of the APIs."""


@dataclass(frozen=True)
class Surface:
    """An API.

    Attributes:
        path: where it is asked, after ``/v1``.
        request: makes its request of one for a chat completion.
        completion: makes a chat completion of the parsed JSON of its answer.
        chunks: makes the chunks of a chat completion of the events of its stream, in either face.
    """

    path: str
    request: Callable[[Mapping[str, Any]], dict[str, Any]]
    completion: Callable[[Any], Any]
    chunks: Callable[[Any], Any]


def _with_usage(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"stream_options": {"include_usage": True}, **request} if request.get("stream") else dict(request)


def _unchanged(answer: Any) -> Any:
    return answer


CHAT_COMPLETIONS = Surface("/chat/completions", _with_usage, _unchanged, _unchanged)
RESPONSES = Surface("/responses", response_request, completion, ResponseChunks)


def surface_of(api: API) -> Surface:
    """The API of this name.

    Raises:
        ValueError: there is none.
    """
    match api:
        case "chat_completions":
            return CHAT_COMPLETIONS
        case "responses":
            return RESPONSES
    raise ValueError(f"api = {api!r}: it must be chat_completions or responses")
