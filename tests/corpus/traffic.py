"""The shapes of JSON documents, collected from real traffic and compared with ours."""

from __future__ import annotations

import base64
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.eventstream import EventStreamBuffer

TRAFFIC = Path(
    os.environ.get("CONFORMANCE_TRAFFIC", Path(__file__).parents[3] / "shared" / "traffic")
).resolve()
"""Real provider traffic, which we may not redistribute, so it may be absent."""

NO_TRAFFIC = (
    f"recorded traffic of providers is not ours to hand on, and there is none in {TRAFFIC}; "
    "CONFORMANCE_TRAFFIC may name another folder"
)
"""Why a test does not run that reads it."""

OPAQUE = ("input", "args")
"""Fields whose contents are the user's data."""


@dataclass
class Structure:
    """The objects in many documents: by path, the fields that some and that all of them have."""

    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    always: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Iterable[Any]) -> Structure:
        """Collect the shapes of ``documents``."""
        shapes = cls()
        for document in documents:
            for path, fields in objects(document):
                shapes.seen[path] |= {f"{name}: {kind}" for name, kind in fields.items()}
                shapes.always[path] = shapes.always.get(path, set(fields)) & set(fields)
        return shapes

    def differences(self, document: Any) -> set[str]:
        """The fields of ``document`` that no other has, and those that all others have and it lacks."""
        found = set()
        for path, fields in objects(document):
            own = {f"{name}: {kind}" for name, kind in fields.items()}
            found |= {f"{path} never has {one}" for one in own - self.seen[path]}
            found |= {f"{path} always has {one}" for one in self.always.get(path, set()) - set(fields)}
        return found


def objects(value: Any, path: str = "$") -> Iterator[tuple[str, dict[str, str]]]:
    """Every object in ``value``, with its path, which includes its ``type``, and the types of its fields."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item, f"{path}[]")
    elif isinstance(value, dict):
        # Errors of all types have one shape.
        kind = value.get("type") if not path.endswith(".error") else None
        path = f"{path}<{kind}>" if isinstance(kind, str) else path
        yield path, {name: type(item).__name__ for name, item in value.items()}
        for name, item in value.items():
            if name not in OPAQUE:
                yield from objects(item, f"{path}.{name}")


def recorded(pattern: str, accept: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The interactions in the files that match ``pattern``, filtered by ``accept``."""
    files = sorted(TRAFFIC.glob(pattern))
    interactions = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [interaction for interaction in interactions if accept(interaction)]


def body(interaction: dict[str, Any]) -> Any:
    """The JSON of a recorded response."""
    value = interaction["response"]["body"]
    return json.loads(value) if isinstance(value, str) else value


def body_bytes(interaction: dict[str, Any]) -> bytes:
    """The bytes of a recorded response; a binary one is recorded as base64."""
    response = interaction["response"]
    text = response["body"]
    return base64.b64decode(text) if response["encoding"] == "base64" else text.encode()


def frame_data(data: bytes) -> list[Any]:
    """The JSON of every frame of an event stream, as botocore reads it, under the name of its event."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return [{event.headers[":event-type"]: json.loads(event.payload)} for event in buffer]


def line_data(data: bytes) -> list[Any]:
    """The lines of a stream of JSON lines."""
    return [json.loads(line) for line in data.splitlines() if line]


def event_data(text: str | bytes) -> list[Any]:
    """The JSON of every server-sent event in ``text``, without the terminator ``[DONE]``."""
    data = text.encode() if isinstance(text, str) else text
    lines = [line.removeprefix(b"data:").strip() for line in data.split(b"\n") if line.startswith(b"data:")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]
