"""The forms in which a stranger may answer: objects or mappings, with the usual names of their fields."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from provider.response import ToolCall

MISSING: Any = object()
"""What ``field`` returns where there is none."""

_METHODS = ("invoke", "stream")
_ARGUMENTS = ("arguments", "args", "input")


class FormError(TypeError):
    """A stranger lacks a method, or returned what cannot be read; the message says what is needed."""


def field(holder: Any, name: str) -> Any:
    """A field of a mapping or an attribute of an object; ``MISSING`` where it has none."""
    return holder.get(name, MISSING) if isinstance(holder, Mapping) else getattr(holder, name, MISSING)


def check_methods(own: Any) -> None:
    """Check that a stranger can be asked.

    Raises:
        FormError: it has no ``invoke`` or ``stream``.
    """
    name = type(own).__name__
    for method in _METHODS:
        if not callable(getattr(own, method, None)):
            raise FormError(f"{name} has no method {method}")


def text_of(answer: Any) -> str:
    """The text of an answer: itself, or its ``content``.

    Raises:
        FormError: it is neither.
    """
    _refuse_awaited("an answer", answer)
    content = answer if isinstance(answer, str) else field(answer, "content")
    if content is MISSING:
        raise FormError(
            f"an answer is a {type(answer).__name__}: it must be a text, or have the text as its `content`"
        )
    return content or ""


def deltas_of(stream: Any) -> Iterable[Any]:
    """A stream, which is any iterable of texts.

    Raises:
        FormError: it is no iterable, or one whole text.
    """
    _refuse_awaited("a stream", stream)
    if isinstance(stream, str) or not isinstance(stream, Iterable):
        raise FormError(f"a stream is a {type(stream).__name__}: it must be an iterable of texts")
    return stream


def _refuse_awaited(what: str, returned: Any) -> None:
    """Refuse what must be awaited: it gets here only where the class does not show that it is asynchronous.

    One whose methods are coroutines is asked through ``conformance.spec.bridge``.
    """
    if not inspect.isawaitable(returned) and not hasattr(returned, "__aiter__"):
        return
    if inspect.iscoroutine(returned):
        returned.close()  # else Python warns that nobody awaited it
    raise FormError(f"{what} must be awaited, and no method is a coroutine: say `async def`")


def delta_of(delta: Any) -> Any:
    """The text of a delta: itself, or the ``content`` of an object or mapping, which may be None.

    Raises:
        FormError: it is an object or mapping without one.
    """
    if isinstance(delta, str):
        return delta
    content = field(delta, "content")
    if content is MISSING:
        raise FormError(
            f"a delta is a {type(delta).__name__}: it must be a text, or have the text as its `content`"
        )
    return content


def call_of(call: Any) -> ToolCall:
    """A tool call in the form of chat completions or in a flat one; its arguments may be parsed."""
    function = field(call, "function")
    named = call if function is MISSING else function
    found = (value for name in _ARGUMENTS if (value := field(named, name)) is not MISSING)
    arguments = next(found, None)
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    id_, name = field(call, "id"), field(named, "name")
    id_, name = ("" if value in (None, MISSING) else value for value in (id_, name))
    return ToolCall(id=id_, name=name, arguments=text)
