"""The images, audio and video of a request: each must be in what litellm sends, which drops some silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from provider.base import MODALITIES
from provider.chat.attachments import NamedPart
from provider.errors import LLMProviderError, refused
from provider.json_values import mapping, mappings, text


@dataclass(frozen=True)
class Medium:
    """One image, audio or video.

    Attributes:
        name: how error messages name it.
        kind: its media type, or what is known of it.
        data: what a request with it contains: its bytes in base64, or its address.
    """

    name: str
    kind: str
    data: bytes

    def left_out(self, route: str) -> LLMProviderError:
        """The failure of a request without it."""
        return refused(
            f"the attachment {self.name} is {self.kind}, and cannot be sent by the route {route}/: "
            "litellm leaves it out of the request"
        )


def media_of(messages: Sequence[Mapping[str, Any]]) -> Iterator[Medium]:
    """What a request with these messages must contain, with the exception of images that have an address.

    Some providers do not read addresses, and litellm downloads the image.
    """
    for message in messages:
        for part in mappings(message.get("content")):
            name = part.name if isinstance(part, NamedPart) else f"in a message of the role {message['role']}"
            audio = mapping(part.get("input_audio"))
            if sound := text(audio.get("data")):
                yield Medium(name, f"audio/{audio.get('format')}", sound.encode())
            url = _url_of(part)
            head, comma, data = url.partition(",")
            kind = head.removeprefix("data:").partition(";")[0]
            if head.startswith("data:") and head.endswith(";base64") and comma:
                if kind.startswith(MODALITIES) or kind == "application/pdf":
                    yield Medium(name, kind, data.encode())
            elif url and part.get("type") == "video_url":
                yield Medium(name, "video", url.encode())


def hosts_of(messages: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The hosts of the media that have an address, from which litellm may download them."""
    addresses = [_url_of(part) for message in messages for part in mappings(message.get("content"))]
    return frozenset(filter(None, map(_host_of, addresses)))


def _host_of(address: str) -> str | None:
    """The host of an address; None for a data URL, and for what is no URL."""
    try:
        return urlsplit(address).hostname if address.startswith(("http://", "https://")) else None
    except ValueError:
        return None


def _url_of(part: Mapping[str, Any]) -> str:
    """The address of a part's content, often a data URL."""
    kind = text(part.get("type"))
    if kind == "text":
        return ""
    holder = part.get(kind)
    inner = mapping(holder)
    return text(holder) or text(inner.get("url")) or text(inner.get("file_data"))
