"""The tiers of the contract: what every backend has, and the extensions that it may lack.

A backend that lacks an extension is not judged by it; one that has it wrong fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

TOOL_CALLS = "tool calls"
"""Where a response or a stream has them they are judged as part of the base."""

FIELDS: Mapping[str, str] = {
    "prompt_tokens": "token counts",
    "cached_prompt_tokens": "token counts",
    "completion_tokens": "token counts",
    "last_prompt_tokens": "token counts",
    "last_cached_prompt_tokens": "token counts",
    "finish_reason": "finish reasons",
    "error_kind": "error kinds",
    "error_code": "error kinds",
    "status": "error kinds",
    "retryable": "retries",
    "retry_after": "retries",
    "reasoning": "reasoning",
    "as_message": "state that comes back",
    "provider_state": "state that comes back",
    "capabilities": "capabilities",
    "has_capability": "capabilities",
    "context_size": "capabilities",
    "tool_calls": TOOL_CALLS,
}
"""What a backend without this attribute of a response or of itself lacks: an extension, or tool calls."""

ASYNCHRONOUS = "asynchronous calls"
"""Methods that are awaited. A class without coroutines does not promise them."""

CONFIGURATION = "configuration"
"""How a key and an address may be written. A class that is no ``BaseLLM`` does not promise it."""

LIFECYCLE = "lifecycle"
"""What loading and unloading do. A class without ``load`` does not promise it."""

GROUPS: Mapping[str, str] = {
    "usage": "token counts",
    "chunks_usage": "token counts",
    "error_kinds": "error kinds",
    "error_texts": "error kinds",
    "wire_errors": "error kinds",
    "retries": "retries",
    "waits": "timeouts",
    "reasoning": "reasoning",
    "reasoning_forms": "reasoning",
    "sent_back": "state that comes back",
    "capabilities": "capabilities",
    "configuration": CONFIGURATION,
    "lifecycle": LIFECYCLE,
    "concurrency": "concurrency",
    "attachments": "attachments",
    "async": ASYNCHRONOUS,
}
"""The extension that the scenarios of a group are about; those of every other group are about the base."""

ARGUMENTS = "arguments of a call"
"""The extension of a backend whose methods accept tools, parameters, attachments or a timeout by name."""


class NotJudgedError(AttributeError):
    """A scenario asks for an extension that a backend lacks; it ends the scenario, which then counts nowhere.

    An ``AttributeError``, so that ``getattr`` with a default can read a response that lacks the attribute.
    """

    def __init__(self, extension: str) -> None:
        super().__init__(f"not judged: no {extension}")
        self.extension = extension
        note_missing(extension)


class Lacking:
    """What the suite asks in the place of a stranger, or its answer.

    Attributes:
        absent: the attributes of ``FIELDS`` that the stranger does not have.
    """

    absent: frozenset[str] = frozenset()


def absent_in(holder: object) -> frozenset[str]:
    """The attributes that a response or a backend lacks; what a backend says of itself does not count."""
    return holder.absent if isinstance(holder, Lacking) else frozenset()


_COLLECTIONS: list[tuple[set[str], str | None]] = []


@contextmanager
def collecting_missing(missing: set[str], about: str | None = None) -> Iterator[None]:
    """Add to ``missing`` every extension that a scenario could not judge in this block, on any thread.

    Args:
        missing: the set to which they are added.
        about: the extension that the scenario is about; None where it is about the base.
    """
    _COLLECTIONS.append((missing, about))
    try:
        yield
    finally:
        _COLLECTIONS.pop()


def note_missing(extension: str) -> None:
    """Note that a backend lacks an extension."""
    if _COLLECTIONS:
        _COLLECTIONS[-1][0].add(extension)


def note_unclaimed(extension: str) -> None:
    """Note that a backend does not claim an extension; it is not asked the scenarios about it.

    Raises:
        NotJudgedError: this scenario is about it.
    """
    if _COLLECTIONS and _COLLECTIONS[-1][1] == extension:
        raise NotJudgedError(extension)


def demands(holder: object, name: str) -> None:
    """The scenario is about an attribute of a response or a backend; one without it is not judged.

    Raises:
        NotJudgedError: it has none.
    """
    if not told(holder, name):
        raise NotJudgedError(FIELDS[name])


def told(holder: object, name: str) -> bool:
    """Whether a response or a backend has an attribute; a law that asks judges only what is there."""
    is_absent = name in absent_in(holder)
    if is_absent:
        note_missing(FIELDS[name])
    return not is_absent
