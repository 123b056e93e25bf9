"""Secrets, each planted in one place of an exchange and in one encoding."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.servers.scripted.dialects.eventstream import frame
from tests.recording.cassette_server import EVENTS, JSON, Reply

TEXT = {"content-type": "text/plain"}
BINARY = {"content-type": "application/vnd.amazon.eventstream"}


@dataclass(frozen=True)
class Plant:
    """One exchange that contains a secret.

    Attributes:
        name: place and encoding.
        value: the secret; on the wire it may be encoded.
        path: what follows the server's address.
        headers: the headers of the request beside its content type.
        body: the body of the request.
        reply: the answer of the server.
        wire: the characters on the wire, where they differ from ``value``.
        opens: whether it is where only a credential is.
        place: the end of the path that an error must name.
    """

    name: str
    value: str
    path: str = "/v1/chat/completions"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"model":"tiny"}'
    reply: Reply = field(default_factory=Reply)
    wire: str = ""
    opens: bool = False
    place: str = ""


def secret(name: str) -> str:
    """A secret that matches no pattern, different for each name, with characters that escaping changes."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{digest[:12]}/{digest[12:24]}+{digest[24:36]}~=."


CREDENTIALS = [
    *(("authorization", form) for form in ("Bearer {}", "Token {}", "{}")),
    *((name, "{}") for name in ("x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")),
    *(
        (name, "{}")
        for name in ("apikey", "xi-api-key", "x-session", "x-license", "ocp-apim-subscription-key")
    ),
    *(("helicone-auth", "Bearer {}"), ("x-account", "user=me; pass={}"), ("x-config", '{{"key":"{}"}}')),
    ("proxy-authorization", "Bearer {}"),
    ("cookie", "theme=dark; session={}"),
    ("authorization", "AWS4-HMAC-SHA256 Credential={}/20261123/eu/bedrock/aws4_request, Signature=0"),
    ("authorization", "AWS4-HMAC-SHA256 Credential=X/20261123/eu/bedrock/aws4_request, Signature={}"),
]
"""Headers that contain a credential, and how."""

QUERY = [
    *("key", "api_key", "api%5Fkey", "access_token", "token", "sig", "code", "client_secret", "Signature"),
    *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature"),
    *(
        "access_key",
        "accessKey",
        "auth",
        "jwt",
        "pwd",
        "api-token",
        "pass",
        "sessionid",
        "license",
        "sid",
        "q",
    ),
]
"""Names in a query whose value is a credential, or may be one: only a few names are known to be harmless."""


def kept_out() -> Iterator[Plant]:
    """Places of which the recorder keeps only known parts: it records without the secret."""
    for header, form in CREDENTIALS:
        value = secret(f"sent {header} {form}")
        if "AWS4" in form:
            value = value.replace("/", "")
        yield Plant(
            f"request header {header}: {form}", value, headers={header: form.format(value)}, opens=True
        )
    for header in ("openai-organization", "openai-project", "x-trace", "x-amz-date"):
        value = secret(f"sent {header}")
        yield Plant(f"request header {header}", value, headers={header: value})
    value = secret("basic")
    basic = base64.b64encode(f"user:{value}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    yield Plant("request header of Basic", value, headers=headers, wire=basic, opens=True)
    for name in QUERY:
        value = secret(f"query {name}")
        coded = quote(value, safe="")
        path = f"/v1/chat?alt=sse&{name}={coded}&n=1"
        yield Plant(f"query {name}", value, path=path, wire=coded, opens=True)
    for header in (
        *("set-cookie", "x-request-id", "openai-organization", "openai-project", "x-amzn-requestid"),
        *("anthropic-organization-id", "www-authenticate", "location", "cf-ray", "server", "x-debug"),
    ):
        value = secret(f"response {header}")
        form = f"session={value}; Path=/" if header == "set-cookie" else value
        yield Plant(f"response header {header}", value, reply=Reply(headers={**JSON, header: form}))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL-encoded": lambda value: quote(value, safe=""),
    "URL-encoded in small letters": lambda value: re.sub(
        "%..", lambda found: found[0].lower(), quote(value, safe="")
    ),
    "URL-encoded twice": lambda value: quote(quote(value, safe=""), safe=""),
    "JSON-escaped": lambda value: "".join(f"\\u{ord(each):04x}" for each in value),
    "JSON-escaped in part": lambda value: value.replace("/", "\\/"),
    "escaped as bytes": lambda value: "".join(f"\\x{ord(each):02x}" for each in value),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64, one more": lambda value: base64.b64encode(f"u{value}".encode()).decode(),
    "base64, two more": lambda value: base64.b64encode(f"u:{value}!".encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "base64 over lines": lambda value: "\n".join(_cut(base64.b64encode(value.encode()).decode())),
    "base64 of URL-encoded": lambda value: base64.b64encode(quote(value, safe="").encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "HTML": lambda value: html.escape(value.replace("/", "&#x2F;")).replace("&amp;#", "&#"),
    "over lines": lambda value: "\n".join(_cut(value)),
    "with invisible marks": "\u200b".join,
    "in wide letters": lambda value: value.translate({code: code + 0xFEE0 for code in range(33, 127)}),
    "gzip of more in base64": lambda value: base64.b64encode(gzip.compress(f"key={value}".encode())).decode(),
    "gzip in base64": lambda value: base64.b64encode(gzip.compress(value.encode(), mtime=0)).decode(),
    "deflate in base64": lambda value: base64.b64encode(zlib.compress(value.encode())).decode(),
    "a repr": lambda value: repr({"headers": [("authorization", f"Bearer {value}")]}),
    "a traceback": lambda value: f'  File "app.py", line 3\n    raise KeyError(key)\nKeyError: {value!r}',
}
"""The encodings in which a server may repeat a secret."""


def refused() -> Iterator[Plant]:
    """Places where the recorder can only refuse."""
    for form, make in FORMS.items():
        value = secret(f"text {form}") + "é?>~"
        wire = make(value)
        yield Plant(f"text, {form}", value, reply=Reply(wire.encode(), 500, TEXT), wire=wire)
        value = secret(f"json {form}") + "é?>~"
        body = json.dumps({"error": {"message": f"no: {make(value)}", "code": None}})
        if form.startswith("JSON-escaped"):  # by the server itself, not in a text that it repeats
            body = body.replace("\\\\", "\\")
        yield Plant(f"JSON, {form}", value, reply=Reply(body.encode(), 401))
    yield from _asked()
    yield from _streamed()
    yield from _packed()


def _asked() -> Iterator[Plant]:
    value = secret("asked")
    body = json.dumps({"messages": [{"role": "user", "content": f"my key is {value}"}]})
    yield Plant("a question", value, body=body.encode(), place="request.body.json.messages[0].content")
    value = secret("key")
    body = json.dumps({value: 1})
    yield Plant("a key of a question", value, body=body.encode(), place="request.body.json")
    value = secret("form")
    yield Plant("a form", value, body=f"a=1&b={quote(value, safe='')}".encode(), wire=quote(value, safe=""))
    value = secret("path")
    coded = quote(value, safe="")
    yield Plant("the path", value, path=f"/v1/{coded}/chat", wire=coded)
    value = secret("reason")
    yield Plant("the reason", value, reply=Reply(reason=f"No {value}", status=401))
    value = secret("content type")
    yield Plant(
        "the content type",
        value,
        reply=Reply(headers={"content-type": f"text/plain; key={value}"}),
        place="response.headers.content-type",
    )
    value = secret("retry after")
    yield Plant("how long to wait", value, reply=Reply(status=429, headers={**JSON, "retry-after": value}))


def _streamed() -> Iterator[Plant]:
    value = secret("one delta")
    yield Plant("an event", value, reply=Reply(_events([value]), headers=EVENTS), place="body.lines[0]")
    value = secret("lines of an event")
    body = f"data: {value[:9]}\n{value[9:]}\n\n".encode()
    yield Plant("lines of an event", value, reply=Reply(body, headers=EVENTS), place="body.lines, in pieces")
    value = secret("deltas")
    yield Plant(
        "deltas", value, reply=Reply(_events(_cut(value, 5)), headers=EVENTS), place="body.lines, in pieces"
    )
    for at in (1, 7, 38):
        value = secret(f"two deltas, cut at {at}")
        body = _events(["it is ", value[:at], value[at:]])
        yield Plant(f"two deltas, cut at {at}", value, reply=Reply(body, headers=EVENTS), place="in pieces")
    value = secret("arguments")
    pieces = _cut(json.dumps({"key": value}), 4)
    deltas = [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
    yield Plant("deltas of arguments", value, reply=Reply(_events(deltas), headers=EVENTS))
    value = secret("mixed")
    mixed = _events(_cut(value, 5)).replace(b"\n\n", b"\r\n\n", 1)
    yield Plant("deltas between mixed line ends", value, reply=Reply(mixed, headers=EVENTS))
    value = secret("ndjson")
    lines = "\n".join(json.dumps({"delta": piece}) for piece in _cut(value, 5))
    yield Plant("deltas in lines of JSON", value, reply=Reply(lines.encode(), headers=TEXT))
    value = secret("frame")
    yield Plant("a binary stream", value, reply=Reply(_frames([value]), headers=BINARY))
    value = secret("frames")
    yield Plant("deltas of a binary stream", value, reply=Reply(_frames(_cut(value, 5)), headers=BINARY))


def _packed() -> Iterator[Plant]:
    value = secret("gzip")
    body = gzip.compress(json.dumps({"echo": value}).encode(), mtime=0)
    yield Plant("gzip on the way", value, reply=Reply(body, headers={**JSON, "content-encoding": "gzip"}))
    value = secret("deflate")
    body = zlib.compress(json.dumps({"echo": value}).encode())
    yield Plant(
        "deflate on the way", value, reply=Reply(body, headers={**JSON, "content-encoding": "deflate"})
    )
    value = secret("gzip body")
    yield Plant(
        "a gzip file", value, reply=Reply(gzip.compress(value.encode(), mtime=0)), place="body.base64"
    )
    value = secret("bytes")
    yield Plant("bytes", value, reply=Reply(b"\xff\xfe\x00" + value.encode()), place="body.base64")
    value = secret("utf-16")
    yield Plant("UTF-16", value, reply=Reply(value.encode("utf-16"), headers=TEXT))
    value = secret("multipart")
    part = f'--x\r\nContent-Disposition: form-data; name="k"\r\n\r\n{value}\r\n--x--'.encode()
    yield Plant("a multipart body", value, reply=Reply(part, headers={"content-type": "multipart/mixed"}))


def _cut(text: str, width: int = 11) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def _events(deltas: Sequence[str | Mapping[str, object]]) -> bytes:
    choices = [{"content": delta} if isinstance(delta, str) else delta for delta in deltas]
    return "".join(f"data: {json.dumps({'choices': [{'delta': each}]})}\n\n" for each in choices).encode()


def _frames(deltas: list[str]) -> bytes:
    """Messages of an AWS event stream; botocore reads them in the dialect's own test."""
    payloads = (json.dumps({"delta": {"text": delta}}).encode() for delta in deltas)
    return b"".join(frame({":event-type": "contentBlockDelta"}, payload) for payload in payloads)
