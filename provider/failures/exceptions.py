"""Reads exceptions: their chain, message and response, and the kind of a transport failure."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

from provider.errors import ErrorKind

_TRANSPORT: tuple[tuple[str, ErrorKind], ...] = (
    # Parts of the names of exception classes; the first match decides.
    ("RefreshError", ErrorKind.AUTHENTICATION),  # google-auth: the token was refused
    ("DefaultCredentialsError", ErrorKind.AUTHENTICATION),  # google-auth: there are no credentials
    ("NewConnectionError", ErrorKind.CONNECTION),  # in urllib3 a subclass of a timeout
    ("Timeout", ErrorKind.TIMEOUT),
    ("JSONDecodeError", ErrorKind.MALFORMED_RESPONSE),
    ("UnicodeDecodeError", ErrorKind.MALFORMED_RESPONSE),
    ("UnicodeEncodeError", ErrorKind.BAD_REQUEST),  # half a surrogate pair, or a header beyond ASCII
    ("DecodingError", ErrorKind.MALFORMED_RESPONSE),
    ("TypeError", ErrorKind.BAD_REQUEST),  # an argument that no request can carry
    ("APIResponseValidationError", ErrorKind.MALFORMED_RESPONSE),
    ("LocalProtocolError", ErrorKind.BAD_REQUEST),
    ("UnsupportedProtocol", ErrorKind.BAD_REQUEST),
    ("InvalidURL", ErrorKind.BAD_REQUEST),
    ("RemoteProtocolError", ErrorKind.INTERRUPTED),
    ("ReadError", ErrorKind.INTERRUPTED),
    ("APIConnectionError", ErrorKind.CONNECTION),
    ("OSError", ErrorKind.CONNECTION),
)


def exception_chain(exception: BaseException | None) -> Iterator[BaseException]:
    """The exception and its causes, the root cause last."""
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        yield exception
        exception = exception.__cause__ or exception.__context__


def message_of(exception: BaseException) -> str:
    """The message of an exception; empty where its own ``__str__`` raises."""
    try:
        if isinstance(exception, OSError) and exception.errno and "Connect call failed" in str(exception):
            return f"[Errno {exception.errno}] {os.strerror(exception.errno)}"  # asyncio leaves out why
        return str(exception)
    except Exception:  # noqa: BLE001 - an SDK's own __str__ may fail
        return ""


def transport_failure(chain: list[BaseException]) -> ErrorKind | None:
    """The kind of a failure without an answer, by the names of the exception classes."""
    names = [base.__name__ for exception in chain for base in type(exception).__mro__]
    for part, kind in _TRANSPORT:
        if any(part in name for name in names):
            return kind
    return None


def headers_of(chain: list[BaseException]) -> Mapping[str, str]:
    """The headers of the response that an exception holds; empty where there is no response."""
    for exception in chain:
        with contextlib.suppress(Exception):  # a property of an SDK may raise
            headers = exception.response.headers  # type: ignore[attr-defined]
            if isinstance(headers, Mapping):
                return headers
    return {}
