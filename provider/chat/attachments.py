"""Turns attachments into content parts of the last user message."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from provider.base import MODALITIES
from provider.chat.described import Described, described
from provider.errors import LLMProviderError, refused

LONGEST_SIDE = 2048
"""Pixels; a larger image is scaled down: every provider does so too, but only after the upload."""

UNIVERSAL_IMAGE_TYPES = ("image/png", "image/jpeg")
"""The image types that every server accepts; LM Studio accepts no others."""

_MODES_OF_PNG = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
"""The colour modes that Pillow can save as PNG; CMYK, for one, it cannot."""


class NamedPart(dict[str, Any]):
    """A content part of a message.

    Attributes:
        name: how error messages name the attachment in it; not sent.
    """

    name = ""


@dataclass(frozen=True)
class Attachment:
    """A file to send.

    Attributes:
        name: how error messages name it.
        mime: its type, guessed from its content.
        data: its bytes.
    """

    name: str
    mime: str
    data: bytes

    @property
    def modality(self) -> str:
        """``image``, ``audio`` or ``video``."""
        return self.mime.partition("/")[0]

    def as_part(self) -> dict[str, Any]:
        """This file as a content part of a chat message."""
        text = base64.b64encode(self.data).decode("ascii")
        if self.modality == "audio":
            subtype = self.mime.partition("/")[2].removeprefix("x-")
            return {
                "type": "input_audio",
                "input_audio": {"data": text, "format": "mp3" if subtype == "mpeg" else subtype},
            }
        field = f"{self.modality}_url"
        return {"type": field, field: {"url": f"data:{self.mime};base64,{text}"}}


def with_attachments(
    messages: Sequence[Mapping[str, Any]],
    attachments: Any,
    capabilities: Mapping[str, bool | None],
    image_types: Sequence[str],
) -> list[dict[str, Any]]:
    """A copy of ``messages`` whose last user message carries ``attachments``.

    Args:
        messages: the normalised messages.
        attachments: a list, or anything else that iterates over paths, bytes, data URLs, and objects or
            mappings with a ``path``.
        capabilities: what the model accepts; an attachment it is known not to accept is refused, and one with
            a text that it is not known to accept is replaced by its text.
        image_types: the image types the server accepts; an image of another type becomes a PNG.

    Raises:
        LLMProviderError: ``bad_request``, naming the attachment that cannot be sent.
    """
    parts = [_part(each, capabilities, image_types) for each in described(attachments)]
    return _with_parts(messages, parts)


def _part(
    file: Described, capabilities: Mapping[str, bool | None], image_types: Sequence[str]
) -> dict[str, Any]:
    if file.text and file.modality and not capabilities.get(file.modality):
        return file.as_part()
    try:
        attachment = read(file.source)
        if file.text and not capabilities.get(attachment.modality):
            return file.as_part()
        if capabilities.get(attachment.modality) is False:
            raise refused(f"{attachment.name} is {attachment.mime}, which the model is known not to accept")
        fitted = fitting(attachment, image_types) if attachment.modality == "image" else attachment
    except LLMProviderError as failure:
        if file.text:
            return file.as_part()
        if file.name:
            name = f"{file.name} ({file.modality})" if file.modality else file.name
            raise refused(f"the attachment {name} cannot be sent: {failure.message}") from None
        raise
    part = NamedPart(fitted.as_part())
    part.name = file.name or attachment.name
    return part


def _with_parts(messages: Sequence[Mapping[str, Any]], parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    copies = [dict(message) for message in messages]
    if not parts:
        return copies
    for message in reversed(copies):
        if message["role"] == "user":
            content = message["content"]
            before = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
            message["content"] = [*before, *parts]
            if isinstance(content, str) and all(part["type"] == "text" for part in parts):
                # Some servers take no list from a model without vision.
                message["content"] = "\n\n".join(part["text"] for part in message["content"])
            return copies
    raise refused("attachments go with a user message, and there is none")


def read(source: Any) -> Attachment:
    """Read a path, bytes or a data URL, and guess its type from its content.

    Raises:
        LLMProviderError: ``bad_request``, when it is missing, unreadable or of no known type.
    """
    import filetype

    name, data = _bytes_of(source)
    kind = filetype.guess(data)
    if kind is None or kind.mime.partition("/")[0] not in MODALITIES:
        known = kind.mime if kind is not None else "of no known type"
        raise refused(f"the attachment {name} is {known}; images, audio and video can be sent")
    return Attachment(name, kind.mime, data)


def _bytes_of(source: Any) -> tuple[str, bytes]:
    if isinstance(source, bytes | bytearray):
        return f"of {len(source)} bytes", bytes(source)
    if isinstance(source, str) and source.startswith("data:"):
        return "given as a data URL", _data_url(source)
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        raise refused(f"the attachment {source} is a web address: download it, and attach the file")
    if isinstance(source, str | Path):
        try:
            return str(source), Path(source).read_bytes()
        except (OSError, ValueError) as error:
            raise refused(f"the attachment {source} cannot be read: {error}") from None
    what = "a path, bytes, a data URL, or an object with a path"
    raise refused(f"an attachment is {what}, not {type(source).__name__}")


def _data_url(url: str) -> bytes:
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise refused(f"the attachment given as a data URL is not base64: {error}") from None


def fitting(image: Attachment, types: Sequence[str]) -> Attachment:
    """The image, scaled down to ``LONGEST_SIDE`` and in one of ``types``; unchanged where it fits.

    Raises:
        LLMProviderError: ``bad_request``, when it cannot be decoded.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(image.data)) as picture:
            if max(picture.size) <= LONGEST_SIDE and image.mime in types:
                picture.load()
                return image
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            # The EXIF data, with the orientation of the camera, are not saved.
            turned = ImageOps.exif_transpose(picture)
        target = image.mime if image.mime in UNIVERSAL_IMAGE_TYPES else "image/png"
        if target == "image/png" and turned.mode not in _MODES_OF_PNG:
            turned = turned.convert("RGB")
        buffer = io.BytesIO()
        turned.save(buffer, format=target.partition("/")[2])
    except Exception as error:  # noqa: BLE001 - for a damaged file Pillow raises SyntaxError, RuntimeError …
        raise refused(f"the attachment {image.name} is not a readable image: {error}") from None
    return replace(image, mime=target, data=buffer.getvalue())
