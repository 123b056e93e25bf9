"""Reading and writing a cassette's file.

The file is UTF-8 with LF line ends on every machine and is replaced in one step. It ends with
YAML's own end marker: one look at the last bytes proves completeness wherever a write or a
download stopped, without parsing, and no line of a cassette can be mistaken for it, because
everything inside is indented or quoted.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml

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

_BEGINNING = b"provenance:\n"
_END = yaml_text.END.rstrip().encode("ascii")


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
        data = path.read_bytes().replace(b"\r\n", b"\n")
    except FileNotFoundError:
        raise CassetteMissing(f"{path}: the cassette does not exist. Record it: {rerecord}") from None
    if not data.strip():
        raise CassetteEmpty(f"{path}: the cassette is empty. {advice}")
    if not data.startswith(_BEGINNING) and not _BEGINNING.startswith(data):
        raise CassetteCorrupt(f"{path}: the cassette does not begin with its provenance. {advice}")
    if not data.rstrip().endswith(_END):
        raise CassetteTruncated(f"{path}: the cassette is truncated: its end marker is missing. {advice}")
    try:
        return recording(yaml_text.load(data.decode("utf-8")))
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
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


def document(recorded: Recording) -> dict[str, Any]:
    """``recorded`` as plain values in the order in which they are stored."""
    return {
        "provenance": recorded.provenance.as_dict(),
        "interactions": [
            {
                "request": {
                    "method": each.request.method,
                    "uri": each.request.uri,
                    **_content(each.request),
                },
                "response": {
                    "status": each.response.status,
                    "reason": each.response.reason,
                    **_content(each.response),
                },
            }
            for each in recorded.interactions
        ],
    }


def recording(stored: Any) -> Recording:
    """The recording that a document stores; an exception of any kind where it stores none."""
    return Recording(
        Provenance.from_dict(stored["provenance"]),
        tuple(
            Interaction(_request(**each["request"]), _response(**each["response"]))
            for each in stored["interactions"]
        ),
    )


def _content(message: Request | Response) -> dict[str, Any]:
    content: dict[str, Any] = {"headers": dict(message.headers)}
    if message.body:
        content["body"] = bodies.encode(message.body, message.headers.get("content-type", "").lower())
    return content


def _request(method: str, uri: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> Request:
    _require_text(method, uri, *headers.values())
    return Request(method, uri, headers, bodies.decode(body) if body else b"")


def _response(
    status: int, reason: str, headers: dict[str, str], body: dict[str, Any] | None = None
) -> Response:
    _require_text(reason, *headers.values())
    if not isinstance(status, int):
        raise TypeError(f"a status must be a number, not {status!r}")
    return Response(status, reason, headers, bodies.decode(body) if body else b"")


def _require_text(*values: object) -> None:
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} must be a text")
