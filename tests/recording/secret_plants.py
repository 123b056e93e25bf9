"""Secrets and account data, each planted in one place of an exchange and in one form."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.recording.cassette_server import EVENTS, JSON, Reply

TEXT = {"content-type": "text/plain"}
BINARY = {"content-type": "application/vnd.amazon.eventstream"}


@dataclass(frozen=True)
class Plant:
    """One exchange that holds what must not be stored.

    Attributes:
        name: place and form.
        value: what must not be stored; its form on the wire may be another.
        path: what follows the server's address.
        headers: what the request has beside its content type.
        body: what the request says.
        reply: what the server says.
        wire: the very characters that stood on the wire, where they differ from ``value``.
        opens: whether it stands where only a credential does.
    """

    name: str
    value: str
    path: str = "/v1/chat/completions"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"model":"tiny"}'
    reply: Reply = field(default_factory=Reply)
    wire: str = ""
    opens: bool = False


def secret(name: str) -> str:
    """A secret of no known shape, another one for each name, with what escaping changes."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{digest[:12]}/{digest[12:24]}+{digest[24:36]}~=."


CREDENTIALS = [
    *(("authorization", form) for form in ("Bearer {}", "Token {}", "{}")),
    *((name, "{}") for name in ("x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")),
    ("proxy-authorization", "Bearer {}"),
    ("cookie", "theme=dark; session={}"),
    ("authorization", "AWS4-HMAC-SHA256 Credential={}/20261123/eu/bedrock/aws4_request, Signature=0"),
    ("authorization", "AWS4-HMAC-SHA256 Credential=X/20261123/eu/bedrock/aws4_request, Signature={}"),
]
"""Headers that carry a credential, and how."""

QUERY = [
    *("key", "api_key", "api%5Fkey", "access_token", "token", "sig", "code", "client_secret", "Signature"),
    *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature"),
]
"""Names in a query whose value is a credential."""


def kept_out() -> Iterator[Plant]:
    """Where the recorder keeps only what it knows: the recording is made, without them."""
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
        value = secret(f"said {header}")
        form = f"session={value}; Path=/" if header == "set-cookie" else value
        yield Plant(f"response header {header}", value, reply=Reply(headers={**JSON, header: form}))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL-encoded": lambda value: quote(value, safe=""),
    "URL-encoded twice": lambda value: quote(quote(value, safe=""), safe=""),
    "JSON-escaped": lambda value: "".join(f"\\u{ord(each):04x}" for each in value),
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
    "gzip in base64": lambda value: base64.b64encode(gzip.compress(value.encode(), mtime=0)).decode(),
    "deflate in base64": lambda value: base64.b64encode(zlib.compress(value.encode())).decode(),
    "a repr": lambda value: repr({"headers": [("authorization", f"Bearer {value}")]}),
    "a traceback": lambda value: f'  File "app.py", line 3\n    raise KeyError(key)\nKeyError: {value!r}',
}
"""What a server may make of a secret when it says it again."""


def refused() -> Iterator[Plant]:
    """Where the recorder can only refuse."""
    for form, make in FORMS.items():
        value = secret(f"text {form}")
        wire = make(value)
        yield Plant(f"text, {form}", value, reply=Reply(wire.encode(), 500, TEXT), wire=wire)
        value = secret(f"json {form}")
        told = json.dumps({"error": {"message": f"no: {make(value)}", "code": None}})
        if form == "JSON-escaped":  # by the server, not in a text that it has from somebody else
            told = told.replace("\\\\u", "\\u")
        yield Plant(f"JSON, {form}", value, reply=Reply(told.encode(), 401))
    yield from _asked()
    yield from _streamed()
    yield from _packed()


def _asked() -> Iterator[Plant]:
    value = secret("asked")
    body = json.dumps({"messages": [{"role": "user", "content": f"my key is {value}"}]})
    yield Plant("a question", value, body=body.encode())
    value = secret("key")
    yield Plant("a key of a question", value, body=json.dumps({value: 1}).encode())
    value = secret("form")
    yield Plant("a form", value, body=f"a=1&b={quote(value, safe='')}".encode(), wire=quote(value, safe=""))
    value = secret("path")
    coded = quote(value, safe="")
    yield Plant("the path", value, path=f"/v1/{coded}/chat", wire=coded)
    value = secret("another query")
    coded = quote(value, safe="")
    yield Plant("another query", value, path=f"/v1/chat?q={coded}", wire=coded)
    value = secret("reason")
    yield Plant("the reason", value, reply=Reply(reason=f"No {value}", status=401))
    value = secret("content type")
    yield Plant("the content type", value, reply=Reply(headers={"content-type": f"text/plain; key={value}"}))
    value = secret("retry after")
    yield Plant("how long to wait", value, reply=Reply(status=429, headers={**JSON, "retry-after": value}))


def _streamed() -> Iterator[Plant]:
    value = secret("one delta")
    yield Plant("an event", value, reply=Reply(_events([value]), headers=EVENTS))
    value = secret("deltas")
    yield Plant("deltas", value, reply=Reply(_events(_cut(value, 5)), headers=EVENTS))
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
    yield Plant("a gzip file", value, reply=Reply(gzip.compress(value.encode(), mtime=0)))
    value = secret("bytes")
    yield Plant("bytes", value, reply=Reply(b"\xff\xfe\x00" + value.encode()))
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
    """Messages of an AWS event stream, written from its specification, for the suite must not be believed."""
    name = b"\x0b:event-type\x07\x00\x11contentBlockDelta"
    frames = []
    for delta in deltas:
        payload = json.dumps({"delta": {"text": delta}}).encode()
        prelude = struct.pack(">II", 16 + len(name) + len(payload), len(name))
        message = prelude + struct.pack(">I", zlib.crc32(prelude)) + name + payload
        frames.append(message + struct.pack(">I", zlib.crc32(message)))
    return b"".join(frames)
