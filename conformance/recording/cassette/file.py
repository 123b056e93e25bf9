"""Reading and writing a cassette's file.

The file is UTF-8 with LF line ends on every machine and is replaced in one step. It ends with
YAML's own end marker: one look at the last bytes proves completeness wherever a write or a
download stopped, without parsing, and no line of a cassette can be mistaken for it, because
everything inside is indented or quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import yaml

from conformance.files import content
from conformance.recording.cassette import bodies, yaml_text
from conformance.recording.cassette.errors import (
    CassetteCorrupt,
    CassetteEmpty,
    CassetteMissing,
    CassetteTruncated,
    RoundTripFailed,
)
from conformance.recording.cassette.interaction import Interaction, Recording, Request, Response
from conformance.recording.cassette.provenance import Provenance

SUFFIXES = (".yaml", ".json")
"""The suffix of a cassette, and that of the snapshot beside it."""

LARGEST = 64_000_000
"""Bytes of the largest cassette that is read, and of all its bodies together."""

_BEGINNING = b"provenance:\n"
_END = yaml_text.END.rstrip().encode("ascii")
_NO_RECORDING = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What reading a document raises that stores no recording."""


def read(path: Path, rerecord: str) -> Recording:
    """The recording in ``path``.

    Args:
        path: the cassette.
        rerecord: the command that records it again; every error ends with it.

    Raises:
        CassetteError: the file is missing, empty, truncated or not a cassette.
    """
    advice = f"Record it again: {rerecord}"
    try:
        data = content(path, LARGEST).replace(b"\r\n", b"\n")
    except FileNotFoundError:
        raise CassetteMissing(f"{path}: the cassette does not exist. Record it: {rerecord}") from None
    except OSError as error:
        raise CassetteCorrupt(f"{path}: the cassette cannot be read ({error}). {advice}") from error
    if not data.strip():
        raise CassetteEmpty(f"{path}: the cassette is empty. {advice}")
    if not data.startswith(_BEGINNING) and not _BEGINNING.startswith(data):
        raise CassetteCorrupt(f"{path}: the cassette does not begin with its provenance. {advice}")
    if not data.rstrip().endswith(_END):
        raise CassetteTruncated(f"{path}: the cassette is truncated: its end marker is missing. {advice}")
    try:
        return recording(yaml_text.load(data.decode("utf-8")))
    except _NO_RECORDING as error:
        reason = " ".join(str(error).split())
        raise CassetteCorrupt(f"{path}: the cassette cannot be read ({reason}). {advice}") from error


def write(path: Path, stored: dict[str, Any]) -> None:
    """Write a document of :func:`document` to ``path``, in one step.

    Raises:
        RoundTripFailed: reading the file again would give other values.
    """
    if not yaml_text.survives(stored):
        raise RoundTripFailed(f"{path}: the recording would read back changed; nothing was written")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        unfinished.write_bytes(yaml_text.dump(stored).encode("utf-8"))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def orphans(root: Path, expected: Collection[Path]) -> list[Path]:
    """The cassettes and snapshots below ``root`` that are not ``expected``."""
    owned = {path.resolve() for path in expected}
    files = (path for path in root.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return sorted(path for path in files if path.resolve() not in owned)


Form = Callable[[bytes, str], dict[str, Any]]
"""The form of a body, given its bytes and its content type."""


def document(recorded: Recording, form: Form = bodies.encode) -> dict[str, Any]:
    """``recorded`` as plain values in the order in which they are stored, each body in a ``form``."""
    return {
        "provenance": recorded.provenance.as_dict(),
        "interactions": [
            {
                "request": {
                    "method": each.request.method,
                    "uri": each.request.uri,
                    **_content(each.request, form),
                },
                "response": {
                    "status": each.response.status,
                    "reason": each.response.reason,
                    **_content(each.response, form),
                },
            }
            for each in recorded.interactions
        ],
    }


def recording(stored: Any) -> Recording:
    """The recording that a document stores; one of several exceptions where it stores none."""
    provenance = Provenance.from_dict(stored["provenance"])
    _require_url(provenance.host)
    interactions: list[Interaction] = []
    size = 0
    for each in stored["interactions"]:
        interactions.append(Interaction(_request(**each["request"]), _response(**each["response"])))
        size += len(interactions[-1].request.body) + len(interactions[-1].response.body)
        if size > LARGEST:
            raise ValueError(f"its bodies have more than {LARGEST // 1_000_000} MB")
    return Recording(provenance, tuple(interactions))


def _content(message: Request | Response, form: Form) -> dict[str, Any]:
    content: dict[str, Any] = {"headers": dict(message.headers)}
    if message.body:
        content["body"] = form(message.body, message.headers.get("content-type", "").lower())
    return content


def _request(method: str, uri: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> Request:
    _require_line(method, *headers, *headers.values())
    _require_url(uri)
    return Request(method, uri, headers, bodies.decode(body) if body else b"")


def _response(
    status: int, reason: str, headers: dict[str, str], body: dict[str, Any] | None = None
) -> Response:
    _require_line(reason, *headers, *headers.values())
    if type(status) is not int or not 100 <= status <= 599:
        raise TypeError(f"a status must be a number of three digits, not {status!r:.20}")
    if "content-encoding" in headers:
        raise ValueError("a body is stored as it is, and never compressed")
    return Response(status, reason, headers, bodies.decode(body) if body else b"")


def _require_line(*values: object) -> None:
    for value in values:
        if not isinstance(value, str) or not value.isprintable():
            raise TypeError(f"{value!r:.40} must be a line of text")


def _require_url(uri: object) -> None:
    _require_line(uri)
    parts = urlsplit(str(uri))
    # A wrong port raises only when it is read.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"{uri!r:.40} is not the URL of a server")
