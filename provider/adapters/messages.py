"""Splits the caller's messages for a library that has its own classes for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


def turns(
    messages: Iterable[Mapping[str, Any]], image: Callable[[str], Any]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The parts of each message, for a library that has a class for each kind of part.

    Args:
        messages: as ``normalised`` returns them.
        image: turns the URL of an image into the library's object for it.

    Yields:
        The role, ``system``, ``user``, ``assistant`` or ``tool``, and its parts, each a tuple: the role and
        the content; or ``call``, name, arguments as JSON text, id; or ``result``, name, content, id.
    """
    names: dict[Any, str] = {}
    for message in messages:
        role, content, call_id = message["role"], message["content"], message.get("tool_call_id")
        if isinstance(content, list):
            content = [
                image(part["image_url"]["url"]) if "image_url" in part else part.get("text", "")
                for part in content
            ]
        calls = [(call["id"], call["function"]) for call in message.get("tool_calls", ())]
        names.update((id_, function["name"]) for id_, function in calls)
        parts: list[tuple[Any, ...]] = [("system" if role == "developer" else role, content)]
        if role == "tool":
            parts = [("result", names.get(call_id, ""), content, call_id)]
        elif calls and not content:
            parts = []
        parts += [("call", function["name"], function["arguments"], id_) for id_, function in calls]
        yield "system" if role == "developer" else role, parts
