"""What an answer holds that litellm leaves out, such as an image: an answer of nothing else is no success."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.json_values import mapping, mappings

_HEARD = frozenset(
    {"text", "thinking", "redacted_thinking", "compaction", "fallback"}
    | {"text_delta", "thinking_delta", "signature_delta", "input_json_delta", "citations_delta"}
)
"""The types of Anthropic's blocks and deltas that are read; those of tools have other rules."""

_FIELDS = frozenset(
    {"role", "type", "index", "id", "text", "thought", "thoughtSignature", "functionCall", "reasoningContent"}
    | {"citationsContent", "citation", "toolUse", "toolResult"}
    | {"executableCode", "codeExecutionResult", "toolCall", "toolResponse"}
)
"""The fields of Gemini's parts and Bedrock's blocks that are read, and those of their own tools."""


def unheard(data: Any) -> Any:
    """The first part of a body or of an event that is not read; None where there is none."""
    return next((part for part in _parts(mapping(data)) if _is_unheard(part)), None)


def _parts(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for candidate in mappings(data.get("candidates")):
        yield from mappings(mapping(candidate.get("content")).get("parts"))
    yield from mappings(mapping(mapping(data.get("output")).get("message")).get("content"))
    yield from mappings(data.get("content"))
    if "contentBlockIndex" in data or str(data.get("type")).startswith("content_block_"):
        for name in ("start", "delta", "content_block"):
            yield mapping(data.get(name))


def _is_unheard(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("type", ""))
    if kind:
        return kind not in _HEARD and "tool" not in kind
    return any(value for name, value in part.items() if name not in _FIELDS)
