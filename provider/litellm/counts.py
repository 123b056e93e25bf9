"""Which of litellm's token counts the provider has told: litellm counts for itself where it told none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.json_values import mapping


def told_counts(usage: Any, received: Any) -> dict[str, Any]:
    """The counts of a usage of litellm's that an answer of an unknown wire holds, under whatever names.

    Args:
        usage: what litellm reports.
        received: the body of the answer, as parsed JSON.
    """
    sent = set(_counts(received, is_count=False))
    return _among(mapping(usage), sent)


def _among(usage: Mapping[str, Any], sent: set[int]) -> dict[str, Any]:
    told = {name: _among(count, sent) for name, count in usage.items() if isinstance(count, Mapping)}
    return {**told, **{name: count for name, count in usage.items() if type(count) is int and count in sent}}


def _counts(value: Any, *, is_count: bool) -> Iterator[int]:
    """The integers in the fields that are named for tokens or counts, such as ``nb_input_tokens``."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _counts(inner, is_count=any(word in str(name).lower() for word in ("token", "count")))
    elif isinstance(value, list):
        for item in value:
            yield from _counts(item, is_count=is_count)
    elif is_count and type(value) is int:
        yield value
