"""Reads the messages of a request of chat completions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.servers.scripted.dialects.encoded import decoded


def images_in(messages: Iterable[Mapping[str, Any]]) -> list[tuple[str, bytes]]:
    """Type and bytes of the images in messages whose parts hold data URLs."""
    contents = [message.get("content") for message in messages]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    urls = [part["image_url"] for part in parts if part["type"] == "image_url"]
    # Mistral's API reads the URL itself too: https://docs.mistral.ai/studio-api/conversations/vision
    return [data_url(url if isinstance(url, str) else url["url"]) for url in urls]


def last_user_text(messages: list[Mapping[str, Any]]) -> str:
    """The last text of the last user message that has one; a message of tool results has none."""
    for message in reversed(messages):
        if message["role"] == "user":
            content = message["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            texts = [part["text"] for part in parts if part["type"] == "text"]
            if texts:
                return str(texts[-1])
    raise ValueError("no user message has text")


def data_url(url: str) -> tuple[str, bytes]:
    """Type and bytes of a data URL."""
    head, _, body = url.removeprefix("data:").partition(",")
    return head.removesuffix(";base64"), decoded(body)
