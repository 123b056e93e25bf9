"""The cost of asking, in requests and tokens: counted when recording, estimated at most when rehearsing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """Requests, and tokens of prompts and of answers."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


def maximum_cost(body: bytes, longest: int, limit_fields: Collection[str]) -> Cost:
    """The most that a request with this body can cost.

    A token is at least a byte, so no prompt has more tokens than its request has bytes. ``longest`` is the
    longest answer of the model in tokens, for a request that sets no limit in one of ``limit_fields``.
    """
    try:
        limits = list(_limits(json.loads(body), limit_fields))
    except ValueError:
        limits = []
    return Cost(1, len(body), max(limits, default=longest))


def _limits(value: Any, names: Collection[str]) -> Iterator[int]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in names and isinstance(item, int) and item >= 0:
                yield item
            else:
                yield from _limits(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from _limits(item, names)
