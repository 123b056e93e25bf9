"""Token counts, wherever a server sends them; free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.json_values import mapping
from provider.response import LLMResponse


def usage_of(chunk: Mapping[str, Any]) -> Any:
    """The usage of a chunk; older streams of Groq have it only in ``x_groq``."""
    return chunk.get("usage") or mapping(chunk.get("x_groq")).get("usage")


def set_usage(response: LLMResponse, usage: Any) -> None:
    """Copy a usage object into ``response``; null, missing and malformed fields change nothing.

    The last usage of a stream wins: some providers count up in every chunk.
    """
    if not isinstance(usage, Mapping):
        return
    cached = _count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    if cached is None:
        cached = _count(usage.get("prompt_cache_hit_tokens"))  # DeepSeek
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    response.prompt_tokens = response.prompt_tokens if prompt is None else prompt
    response.completion_tokens = response.completion_tokens if completion is None else completion
    response.cached_prompt_tokens = response.cached_prompt_tokens if cached is None else cached


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
