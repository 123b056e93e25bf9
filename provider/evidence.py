"""What a failed exchange left behind, read out of any body and any exception."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any

from provider.errors import ErrorKind

_EXCERPT = 500
"""Characters of an error text that are worth showing: an HTML page is not."""

_DEPTH = 12
"""Levels of nesting that are followed, JSON text inside JSON included; proxies nest ten."""

_MESSAGE_FIELDS = (
    "message",
    "Message",
    "detail",
    "param",
    "raw",
    "error",
    "errors",
    "msg",
    "description",
    "metadata",
)
"""Where error bodies keep words; ``param`` is usually a field's name, and now and then the whole story."""

_CODE_FIELDS = ("code", "type", "status", "__type", "reason", "quotaId")

_TRANSPORT: tuple[tuple[str, ErrorKind], ...] = (
    # Names of exception classes of httpx, the openai SDK and litellm; the first match decides.
    ("RefreshError", ErrorKind.AUTHENTICATION),  # google-auth was refused a token
    ("DefaultCredentialsError", ErrorKind.AUTHENTICATION),  # and here it has nothing to ask for one with
    ("NewConnectionError", ErrorKind.CONNECTION),  # urllib3 counts a refused connection among its timeouts
    ("Timeout", ErrorKind.TIMEOUT),
    ("JSONDecodeError", ErrorKind.MALFORMED_RESPONSE),
    ("UnicodeDecodeError", ErrorKind.MALFORMED_RESPONSE),
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


@dataclass(frozen=True)
class Evidence:
    """Status, structured codes and words of a failure.

    Attributes:
        status: HTTP status; the body's own where it came inside a 200.
        codes: structured codes and types of the body, in lower case.
        text: all words of the body and the exception, for the rules.
        message: the words for a reader, never empty.
        transport: what the exception says where no answer was received.
        retry_after: seconds to wait, where the answer said so.
    """

    status: int | None
    codes: tuple[str, ...]
    text: str
    message: str
    transport: ErrorKind | None
    retry_after: float | None

    @classmethod
    def of(
        cls, status: int | None, body: Any, exception: BaseException | None, code: str | None = None
    ) -> Evidence:
        """Read everything that is known about a failure; never raises."""
        parsed = _parsed(body)
        causes = list(_causes(exception))
        said = list(dict.fromkeys(_messages(parsed, _DEPTH)))
        raised = [str(cause) for cause in causes if str(cause)]
        told = [*_codes(parsed, _DEPTH), *([code.partition(":")[0]] if code else [])]
        codes = tuple(each.lower() for each in told)
        return cls(
            status=_status(status, codes),
            codes=codes,
            text="\n".join(said or raised),
            message=_message(status, said, raised, causes),
            transport=_transport(causes),
            retry_after=retry_after(_headers(causes).get("retry-after") or _retry_delay(parsed)),
        )


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, a number or a date; None for anything else.

    RFC 9110 section 10.2.3. Never raises: gateways send ``-5`` and ``30,120``.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value)
    return max(0.0, seconds) if isfinite(seconds) else None


def _retry_delay(body: Any) -> str | None:
    """Google's way to say it: a RetryInfo among the details of the error, ``38.5s``."""
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str):
            return delay.removesuffix("s")
    return None


def _seconds_until(date: str) -> float:
    from email.utils import parsedate_to_datetime  # 8 ms, a tenth of this package's import

    try:
        when = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return nan
    # A date in -0000 has no time zone; it means UTC as well.
    return (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _parsed(body: Any) -> Any:
    if isinstance(body, bytes | bytearray):
        body = bytes(body).decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return body
    return body


def _messages(value: Any, depth: int) -> Iterator[str]:
    """Every text of an error body that was meant for a reader, nested JSON text included."""
    if depth == 0:
        return
    if isinstance(value, str) and value.strip():
        inner = _parsed(value) if value.lstrip()[:1] in ("{", "[") else value
        if isinstance(inner, Mapping | list):
            yield from _messages(inner, depth - 1)
        else:
            yield _plain(value)
    elif isinstance(value, list):
        for item in value[:10]:
            yield from _messages(item, depth - 1)
    elif isinstance(value, Mapping):
        for field in _MESSAGE_FIELDS:
            inner = value.get(field)
            if field != "param" or (isinstance(inner, str) and " " in inner):
                yield from _messages(inner, depth - 1)


def _codes(value: Any, depth: int) -> Iterator[str]:
    """Every structured code of an error body, the outer ones last: the inner error is the real one."""
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value[:10]:
            yield from _codes(item, depth - 1)
    elif isinstance(value, Mapping):
        for field in ("error", "innererror", "metadata", "raw", "message", "details", "violations"):
            inner = value.get(field)
            yield from _codes(_parsed(inner) if isinstance(inner, str) else inner, depth - 1)
        for field in _CODE_FIELDS:
            code = value.get(field)
            if isinstance(code, str | int) and not isinstance(code, bool):
                yield str(code)


def _plain(text: str) -> str:
    """A web page becomes its title; any other text stays as it is."""
    if "<html" in text[:500].lower() or "<!doctype" in text[:100].lower():
        title = re.search(r"<title>(.*?)</title>", text, re.I | re.S)
        return f"the server answered with a web page: {title.group(1).strip() if title else 'no title'}"
    return text


def _status(status: int | None, codes: tuple[str, ...]) -> int | None:
    """The HTTP status, or the one that an error inside a 200 carries."""
    if status is not None and status >= 400:
        return status
    return next((int(code) for code in codes if code.isdecimal() and 400 <= int(code[:9]) < 600), None)


def _causes(exception: BaseException | None) -> Iterator[BaseException]:
    """The exception and what caused it, the root last."""
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        yield exception
        exception = exception.__cause__ or exception.__context__


def _transport(causes: list[BaseException]) -> ErrorKind | None:
    names = [name.__name__ for cause in causes for name in type(cause).__mro__]
    for part, kind in _TRANSPORT:
        if any(part in name for name in names):
            return kind
    return None


def _headers(causes: list[BaseException]) -> Mapping[str, str]:
    for cause in causes:
        headers = getattr(getattr(cause, "response", None), "headers", None)
        if isinstance(headers, Mapping):
            return headers
    return {}


def _message(status: int | None, said: list[str], raised: list[str], causes: list[BaseException]) -> str:
    if said:
        return ": ".join(said)[:_EXCERPT]
    if raised:
        # The root cause names what an SDK hides behind "Connection error."
        return ": ".join(dict.fromkeys((raised[0], raised[-1])))[:_EXCERPT]
    if causes:
        return type(causes[0]).__name__
    return f"HTTP status {status} with no message" if status else "no message"
