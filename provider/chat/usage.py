"""Token counts, wherever a server sends them and by whatever names; free of I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.choices import choice_zero
from provider.json_values import first_mapping, integer, mapping
from provider.response import LLMResponse

_PROMPT = ("prompttokens", "prompttokencount", "promptevalcount")
_INPUT = ("inputtokens", "inputtokencount")
_COMPLETION = ("completiontokens", "completiontokencount", "candidatestokencount", "evalcount")
_OUTPUT = ("outputtokens", "outputtokencount", "generatedtokens", "generatedtokencount")
_DETAILS = ("prompttokensdetails", "inputtokensdetails", "inputtokendetails")
_CACHED = (
    *("prompttokenscached", "prompttokencached", "cachedprompttokens"),
    "promptcachehittokens",  # DeepSeek
    "cachedtokens",  # Moonshot
    *("cachereadinputtokens", "cachedcontenttokencount"),
)
_HOLDS = re.compile("token|count", re.IGNORECASE)
"""What is in all these names."""

_NOT_OF_THE_INPUT = ("cachereadinputtokens", "cachecreationinputtokens", "cachewriteinputtokens")
"""The counts that Anthropic has beside its input tokens, and does not include."""


def usage_of(body: Mapping[str, Any]) -> Any:
    """The usage of an answer or of a chunk.

    Moonshot's streams have it only in the choice, older streams of Groq only in ``x_groq``, and others have
    the counts at the top or in an object of another name.
    """
    told = None
    for usage in _usages(body):
        counts = _counts(usage)
        if any(counts):
            return usage
        if told is None and counts != (None, None, None):
            told = usage
    return told


def set_usage(response: LLMResponse, usage: Any) -> None:
    """Copy a usage object into ``response``; null, missing and malformed fields change nothing.

    The last usage of a stream wins: some providers count up in every chunk.
    """
    prompt, completion, cached = _counts(usage)
    response.prompt_tokens = response.prompt_tokens if prompt is None else prompt
    response.completion_tokens = response.completion_tokens if completion is None else completion
    response.cached_prompt_tokens = response.cached_prompt_tokens if cached is None else cached


def _usages(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold counts, the usual first."""
    choice = choice_zero(body.get("choices"))
    for holder in (body, choice, choice.get("delta"), choice.get("message")):
        usage = mapping(holder).get("usage")
        yield mapping(usage) or first_mapping(usage)
    for holder in body.values():
        if isinstance(holder, Mapping):
            yield mapping(holder.get("usage"))
            yield holder
    yield body


def _counts(usage: Any) -> tuple[int | None, int | None, int | None]:
    """The tokens of the prompt, of the answer, and of the cached prompt; None for what is not told."""
    # By their names without case and separators: some write them in one word.
    fields = {
        str(name).replace("_", "").lower(): value
        for name, value in mapping(usage).items()
        if _HOLDS.search(name)
    }
    if not fields:
        return None, None, None
    prompt = _first_count(fields, _PROMPT)
    if prompt is None and (prompt := _first_count(fields, _INPUT)) is not None:
        prompt += sum(_count(fields.get(name)) or 0 for name in _NOT_OF_THE_INPUT)
    completion = _first_count(fields, (*_COMPLETION, *_OUTPUT))
    thoughts = _count(mapping(fields.get("completiontokensdetails")).get("reasoning_tokens")) or 0
    if completion is not None and _count(fields.get("totaltokens")) == (prompt or 0) + completion + thoughts:
        completion += thoughts  # xAI counts them apart
    details = (mapping(fields.get(name)) or first_mapping(fields.get(name)) for name in _DETAILS)
    told = (_count(each.get(name)) for each in details for name in ("cached_tokens", "cachedTokens"))
    cached = next((count for count in told if count is not None), None)
    return prompt, completion, _first_count(fields, _CACHED) if cached is None else cached


def _first_count(fields: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for count in (_count(fields.get(name)) for name in names) if count is not None), None)


def _count(value: Any) -> int | None:
    count = None if isinstance(value, bool) else integer(value)
    return count if count is not None and count >= 0 else None
