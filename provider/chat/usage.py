"""Token counts, wherever a server sends them and by whatever names; free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.choices import choice_zero
from provider.json_values import mapping
from provider.response import LLMResponse


def usage_of(body: Mapping[str, Any]) -> Any:
    """The usage of an answer or of a chunk.

    Moonshot's streams have it only in the choice, older streams of Groq only in ``x_groq``.
    """
    choice = choice_zero(body.get("choices"))
    return body.get("usage") or choice.get("usage") or mapping(body.get("x_groq")).get("usage")


def set_usage(response: LLMResponse, usage: Any) -> None:
    """Copy a usage object into ``response``; null, missing and malformed fields change nothing.

    The last usage of a stream wins: some providers count up in every chunk.
    """
    if not isinstance(usage, Mapping):
        return
    # mlx-vlm and others count by the names of OpenAI's Responses API.
    prompt = _first_count(usage.get("prompt_tokens"), usage.get("input_tokens"))
    completion = _first_count(usage.get("completion_tokens"), usage.get("output_tokens"))
    thoughts = _count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")) or 0
    if completion is not None and usage.get("total_tokens") == (prompt or 0) + completion + thoughts:
        completion += thoughts  # xAI counts them apart
    cached = _first_count(
        mapping(usage.get("prompt_tokens_details")).get("cached_tokens"),
        mapping(usage.get("input_tokens_details")).get("cached_tokens"),
        usage.get("prompt_cache_hit_tokens"),  # DeepSeek
        usage.get("cached_tokens"),  # Moonshot
    )
    response.prompt_tokens = response.prompt_tokens if prompt is None else prompt
    response.completion_tokens = response.completion_tokens if completion is None else completion
    response.cached_prompt_tokens = response.cached_prompt_tokens if cached is None else cached


def _first_count(*values: Any) -> int | None:
    return next((count for count in map(_count, values) if count is not None), None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
