"""What recording has to know of the providers' wires: every dialect says it of its own and registers it.

Recording knows no provider by name. What it hides, renames and compares is what all registered wires
say together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache


def words(*texts: str) -> tuple[str, ...]:
    """The words of some texts, as a table of names is best written."""
    return tuple(word for text in texts for word in text.split())


@dataclass(frozen=True)
class WireFormat:
    """What one wire says of its fields and headers.

    Attributes:
        key_headers: the headers that carry the key; a cassette keeps them with a placeholder.
        answer_ids: the paths of the ids that a server makes up, in an answer or in an event of a stream,
            such as ``choices[].message.tool_calls[].id``. A key alone cannot tell the id of an answer from
            the name of a model, or from an argument of a tool that happens to be called ``id``.
        request_ids: the paths at which a request repeats the ids of earlier answers.
        free_text: keys of texts whose wording nobody relies on: a model's, an error's, what is encrypted,
            padding.
        presence_only: keys of which only the presence counts: the build that answered, and what hangs on
            the words that it chose.
        measured: keys under which only names and types count: times, tokens, durations.
        omitted_zeros: keys that a provider leaves out where the count is zero.
        call_arguments: keys of the arguments of a call, as an object, as its text, or as a piece of the text.
        call_indexes: keys of the number that says to which call a piece in a stream belongs.
    """

    key_headers: tuple[str, ...] = ()
    answer_ids: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()
    presence_only: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    omitted_zeros: tuple[str, ...] = ()
    call_arguments: tuple[str, ...] = ()
    call_indexes: tuple[str, ...] = ()


_REGISTERED: list[WireFormat] = []


def register(formats: Iterable[WireFormat]) -> None:
    """Add wires to those that recording knows."""
    _REGISTERED.extend(formats)
    known.cache_clear()


@cache
def known() -> WireFormat:
    """What the registered wires say together, each name once.

    Raises:
        RuntimeError: none is registered, so that a key would not be known as one.
    """
    if not _REGISTERED:
        raise RuntimeError("no wire format is registered: import conformance.servers.scripted.dialects")
    return WireFormat(
        **{
            field.name: tuple(
                dict.fromkeys(name for wire in _REGISTERED for name in getattr(wire, field.name))
            )
            for field in fields(WireFormat)
        }
    )
