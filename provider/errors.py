"""The errors of the contract, which an application can act on."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from provider.json_values import whole_characters

NOT_LOADED = "not_loaded"
CONTEXT_LIMIT = "context_limit"
PROVIDER_ERROR = "provider_error"


class ErrorKind(StrEnum):
    """What happened. Compares equal to its plain string."""

    CONTEXT_LIMIT = "context_limit"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTENT_FILTER = "content_filter"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    OVERLOADED = "overloaded"
    SERVER = "server"
    MALFORMED_RESPONSE = "malformed_response"
    INTERRUPTED = "interrupted"
    NOT_LOADED = "not_loaded"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is sent again."""
        return self in _RETRYABLE

    @property
    def code(self) -> str:
        """The value of ``error_code``: one of three cases that a caller handles differently."""
        if self is ErrorKind.CONTEXT_LIMIT:
            return CONTEXT_LIMIT
        return NOT_LOADED if self is ErrorKind.NOT_LOADED else PROVIDER_ERROR


_RETRYABLE = frozenset(
    {
        ErrorKind.RATE_LIMIT,
        ErrorKind.TIMEOUT,
        ErrorKind.CONNECTION,
        ErrorKind.OVERLOADED,
        ErrorKind.SERVER,
        ErrorKind.INTERRUPTED,
    }
)


_TRANSPORT = frozenset({ErrorKind.TIMEOUT, ErrorKind.CONNECTION, ErrorKind.INTERRUPTED})


_BY_CODE = {CONTEXT_LIMIT: ErrorKind.CONTEXT_LIMIT, NOT_LOADED: ErrorKind.NOT_LOADED}
"""The kind of an error of which only the code is known."""


class LLMProviderError(RuntimeError):
    """A call to a provider failed.

    Raised to the caller only for a context overflow (``code="context_limit"``):
    compact the history and try again. Every other failure is returned in
    :class:`~provider.response.LLMResponse`.

    An application that raises it itself may give a ``code`` in place of the ``kind``.

    Attributes:
        code: ``not_loaded``, ``context_limit`` or ``provider_error``.
        kind: what happened, in more detail than ``code``.
        status: the HTTP status, None where none was received.
        retry_after: the wait that the server asked for, in seconds; None where it asked for none.
    """

    def __init__(
        self,
        message: str,
        code: str = PROVIDER_ERROR,
        *,
        kind: ErrorKind | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = whole_characters(message)
        super().__init__(self.message)
        self.kind = kind or _BY_CODE.get(code, ErrorKind.SERVER)
        self.status = status
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """The value of ``error_code`` for this kind."""
        return self.kind.code

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is sent again."""
        return self.kind.retryable

    @property
    def is_transport_error(self) -> bool:
        """Whether the connection failed: no status was received."""
        return self.status is None and self.kind in _TRANSPORT


class StreamNotFinishedError(RuntimeError):
    """``LLMStream.response`` was read before the stream was exhausted."""


def refused(why: str) -> LLMProviderError:
    """The failure of a request that cannot be sent."""
    return LLMProviderError(why, kind=ErrorKind.BAD_REQUEST)


def redirected(where: str) -> str:
    """The message for a redirect, which is never followed: another server would get the key."""
    return f"the server redirects to {where}: if that is right, use its address as the base URL"


def interrupted() -> LLMProviderError:
    """The failure of a stream that ended before it was complete."""
    return LLMProviderError(
        "the stream ended without a finish reason and without its terminator", kind=ErrorKind.INTERRUPTED
    )


def malformed(what: str, body: Any) -> LLMProviderError:
    """The failure of an answer that is not a chat completion; shows an excerpt of ``body``."""
    shown = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return LLMProviderError(f"{what}: {shown[:200]}", kind=ErrorKind.MALFORMED_RESPONSE)
