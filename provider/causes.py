"""What an exception says of a failed exchange: its causes, its words, and the kind where no answer came."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from provider.errors import ErrorKind

_TRANSPORT: tuple[tuple[str, ErrorKind], ...] = (
    # Names of exception classes of httpx, the openai SDK and litellm; the first match decides.
    ("RefreshError", ErrorKind.AUTHENTICATION),  # google-auth was refused a token
    ("DefaultCredentialsError", ErrorKind.AUTHENTICATION),  # and here it has nothing to ask for one with
    ("NewConnectionError", ErrorKind.CONNECTION),  # urllib3 counts a refused connection among its timeouts
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
    ("ConnectError", ErrorKind.CONNECTION),
    ("WriteError", ErrorKind.CONNECTION),
    ("APIConnectionError", ErrorKind.CONNECTION),
    ("OSError", ErrorKind.CONNECTION),
)


def causes_of(exception: BaseException | None) -> Iterator[BaseException]:
    """The exception and what caused it, the root last."""
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        yield exception
        exception = exception.__cause__ or exception.__context__


def words_of(cause: BaseException) -> str:
    """What an exception says, nothing where it cannot say it."""
    try:
        return str(cause)
    except Exception:  # noqa: BLE001 - an SDK's own __str__ is no more to be trusted than its message
        return ""


def transport_failure(causes: list[BaseException]) -> ErrorKind | None:
    """What an exception means where no answer was received, by the names of its classes."""
    names = [name.__name__ for cause in causes for name in type(cause).__mro__]
    for part, kind in _TRANSPORT:
        if any(part in name for name in names):
            return kind
    return None


def headers_of(causes: list[BaseException]) -> Mapping[str, str]:
    """The headers of the response that an exception carries, if it does."""
    for cause in causes:
        with contextlib.suppress(Exception):  # a property of an SDK may raise
            headers = cause.response.headers  # type: ignore[attr-defined]
            if isinstance(headers, Mapping):
                return headers
    return {}
