"""Extracts the status, codes and messages of a failure from any body and any exception."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from provider.errors import ErrorKind, redirected
from provider.failures.exceptions import exception_chain, headers_of, message_of, transport_failure
from provider.failures.pattern import READ, ends, plain
from provider.failures.waits import asked_wait
from provider.json_values import first_mapping, json_or

_EXCERPT = 500
"""Characters of an error text that are shown, for it may be an HTML page."""

_DEPTH = 12
"""Levels of nesting that are followed, JSON text inside JSON included; chains of proxies nest ten."""

_NAMES = frozenset(status.phrase for status in HTTPStatus)
"""The phrases of statuses, which frameworks send beside the reason; they add nothing to the status."""

_MESSAGE_FIELDS = (
    *("message", "detail", "details", "param", "raw", "error", "errors", "msg", "description", "metadata"),
    *(
        "response",
        "base_resp",
        "status_msg",
        "error_message",
        "errormessage",
        "error_msg",
        "originalmessage",
        "title",
    ),
)
"""The fields of error bodies that contain messages; ``param`` is usually a name, but may be the message."""

_ORIGINAL = "originalmessage"
"""The field with the answer of the server in an endpoint of SageMaker's."""

_CODE_HOLDERS = (
    *("error", "errors", "innererror", "details", "violations", "detail", "metadata", "raw", "message"),
    *("response", "base_resp", "originalmessage"),
)
_CODE_FIELDS = (
    *("code", "type", "status", "__type", "reason", "error_type", "status_code", "statuscode", "quotaid"),
    "error_code",
)
"""The fields that contain codes, in lower case: some of AWS's begin with a capital."""


@dataclass(frozen=True)
class ErrorDetails:
    """The status, structured codes and messages of a failure.

    Attributes:
        status: HTTP status; the body's own where it came inside a 200.
        codes: structured codes and types of the body, in plain form, the innermost first.
        text: the messages of the body, or else of the exception, in plain form, for the patterns.
        message: the error text to show, never empty.
        transport: the kind by the exception, where no answer was received.
        retry_after: the wait that the answer asks for, in seconds; None where it asks for none.
    """

    status: int | None
    codes: tuple[str, ...]
    text: str
    message: str
    transport: ErrorKind | None
    retry_after: float | None

    @classmethod
    def of(
        cls,
        status: int | None,
        body: Any,
        exception: BaseException | None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ErrorDetails:
        """Read everything that is known about a failure; never raises."""
        parsed = _parsed(body)
        chain = list(exception_chain(exception))
        sent = headers or headers_of(chain)
        received = list(dict.fromkeys(_messages(parsed, _DEPTH)))
        raised = [message for message in map(message_of, chain) if message]
        specific = [message for message in received if message not in _NAMES]
        codes = (*_codes(parsed, _DEPTH), *([code.partition(":")[0]] if code else []))
        found = _status(status, codes)
        return cls(
            status=found,
            codes=tuple(map(plain, codes)),
            text=plain(ends("\n".join(specific or received or raised))),
            message=_redirect(status, sent) or _message(status, received, raised, chain),
            transport=transport_failure(chain),
            retry_after=asked_wait(sent, parsed, is_limited=found == 429),
        )


def is_error(body: Any) -> bool:
    """Whether the JSON of a 200, or of an event of a stream, is an error.

    Gateways send ``{"detail": "..."}`` and ``{"message": "..."}`` with nothing around, Cloudflare a list.
    """
    if isinstance(body, list):
        return "error" in first_mapping(body)
    if not isinstance(body, Mapping):
        return False
    if body.get("error") or body.get("errors") or "error" in (body.get("object"), body.get("type")):
        return True
    texts = (body.get("message"), body.get("detail"))
    return not (body.get("choices") or body.get("candidates")) and any(
        isinstance(text, str) and text.strip() for text in texts
    )


def _parsed(body: Any) -> Any:
    if isinstance(body, bytes | bytearray):
        body = "" if b"\0" in body else bytes(body).decode("utf-8", "replace")  # frames hold no words
    return json_or(body, body) if isinstance(body, str) else body


def _messages(value: Any, depth: int) -> Iterator[str]:
    """Every text of an error body, nested JSON text included."""
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
        fields = _lowered(value)
        if fields.get(_ORIGINAL):
            fields = {_ORIGINAL: fields[_ORIGINAL]}  # SageMaker's own words around it speak of a message, too
        for field in _MESSAGE_FIELDS:
            inner = fields.get(field)
            if field != "param" or (isinstance(inner, str) and " " in inner):
                yield from _messages(inner, depth - 1)


def _codes(value: Any, depth: int) -> Iterator[str]:
    """Every structured code of an error body, the outer ones last: the inner error is the original."""
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value[:10]:
            yield from _codes(item, depth - 1)
    elif isinstance(value, Mapping):
        fields = _lowered(value)
        for field in _CODE_HOLDERS:
            inner = fields.get(field)
            yield from _codes(_parsed(inner) if isinstance(inner, str) else inner, depth - 1)
        for field in _CODE_FIELDS:
            code = fields.get(field)
            if isinstance(code, str):
                yield code[:_EXCERPT]
            elif type(code) is int and abs(code) < 1 << 31:
                yield str(code)


def _lowered(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name).lower(): inner for name, inner in value.items()}


def _plain(text: str) -> str:
    """The title of a web page; any other text unchanged."""
    if "<html" in text[:500].lower() or "<!doctype" in text[:100].lower():
        title = re.search(r"<title>(.*?)</title>", text[:READ], re.I | re.S)
        return f"the server answered with a web page: {title.group(1).strip() if title else 'no title'}"
    return text


def _status(status: int | None, codes: tuple[str, ...]) -> int | None:
    """The HTTP status, or the one among the codes of an error inside a 200."""
    if status is not None and status >= 300:
        return status
    return next((int(code) for code in codes if re.fullmatch(r"[45][0-9][0-9]", code)), None)


def _redirect(status: int | None, headers: Mapping[str, str]) -> str:
    """The message for a redirect, empty for anything else."""
    named = {name.lower(): value for name, value in headers.items()}
    return redirected(named["location"]) if status in range(300, 400) and "location" in named else ""


def _message(status: int | None, received: list[str], raised: list[str], chain: list[BaseException]) -> str:
    if received:
        return ": ".join(received)[:_EXCERPT]
    if raised:
        # The root cause explains the "Connection error." of an SDK.
        return ": ".join(dict.fromkeys((raised[0], raised[-1])))[:_EXCERPT]
    if chain:
        return type(chain[0]).__name__
    return f"HTTP status {status} with no message" if status else "no message"
