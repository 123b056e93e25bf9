"""Attachments as an application describes them: where the file is, what it is, and a text in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provider.errors import refused
from provider.json_values import text


@dataclass(frozen=True)
class Described:
    """One attachment.

    Attributes:
        source: the file: a path, bytes or a data URL.
        name: the file's name, for the model and for error messages; empty where only ``source`` is given.
        modality: what the application calls it, such as ``image`` or ``document``; empty where it does not.
        text: what stands in for the file where the model does not take it; empty where nothing does.
    """

    source: Any
    name: str = ""
    modality: str = ""
    text: str = ""

    @classmethod
    def of(cls, given: Any) -> Described:
        """An attachment, which may be an object or a mapping with a ``path``."""
        fields = given if isinstance(given, Mapping) else _Attributes(given)
        path = fields.get("path")
        if not isinstance(path, str | Path):
            return cls(given)
        return cls(
            path,
            text(fields.get("file_name")) or Path(path).name,
            text(fields.get("modality")),
            text(fields.get("parsed_text")).strip(),
        )

    def as_part(self) -> dict[str, Any]:
        """The text in place of the file, as a content part of a chat message."""
        kind = f"{self.modality} file" if self.modality else "file"
        return {"type": "text", "text": f"The attached {kind} {self.name} has this content:\n{self.text}"}


class _Attributes:
    """The attributes of an object, read as the fields of a mapping are."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder

    def get(self, name: str) -> Any:
        return getattr(self._holder, name, None)


def described(attachments: Any) -> list[Described]:
    """The attachments in a list, or in anything else that iterates over them.

    Raises:
        LLMProviderError: ``bad_request``, for anything else.
    """
    if not isinstance(attachments, Iterable) or isinstance(attachments, str | bytes | bytearray | Mapping):
        raise refused(f"attachments must be a list of attachments, not {type(attachments).__name__}")
    return [Described.of(each) for each in attachments]
