"""The end of an answer of Bedrock's: of the Converse API, and of models with an API of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.json_values import mapping, mappings, text
from provider.litellm.wires.ending import GUARDRAIL, Ending, total, usage

_NAMED = ("messageStop", "metadata")
"""The events that Nova's own API puts under their names; Converse names them in a header."""

_LAST = frozenset({"amazon-bedrock-invocationMetrics", "amazon-bedrock-trace"})
"""The fields that Bedrock adds to the last event of a model with an API of its own."""


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a body or an event reports of the end; None where it has another form."""
    for name in _NAMED:
        data = {**data, **mapping(data.get(name))}
    counts, reason = mapping(data.get("usage")), data.get("stopReason")
    is_last = not _LAST.isdisjoint(data)
    if not is_last and "stopReason" not in data and "inputTokens" not in counts:
        return None
    cached = "cacheReadInputTokens"
    prompt = total(counts, "inputTokens", "cacheWriteInputTokens", cached)
    return Ending(
        contract_reason(reason),
        GUARDRAIL if reason == GUARDRAIL else None,
        is_last=is_last,
        usage=usage(prompt, total(counts, "outputTokens"), total(counts, cached)),
        is_masked=_is_masked(data.get("trace")),
    )


def intervention(data: Mapping[str, Any]) -> Ending:
    """What a body or an event of a model with an API of its own reports of a guardrail."""
    if data.get("amazon-bedrock-guardrailAction") != "INTERVENED":
        return Ending()
    return Ending("content_filter", GUARDRAIL, is_masked=_is_masked(data.get("amazon-bedrock-trace")))


def calls_of_provider(data: Mapping[str, Any]) -> set[str]:
    """The ids of the calls in a body or an event that Bedrock runs itself, e.g. of a code interpreter.

    They have another type than the caller's, or their results stand beside them.
    """
    content = mapping(mapping(data.get("output")).get("message")).get("content")
    found = set()
    for block in [*mappings(content), mapping(data.get("start"))]:
        use, result = mapping(block.get("toolUse")), mapping(block.get("toolResult"))
        found |= {use.get("toolUseId")} if use.get("type", "tool_use") != "tool_use" else set()
        found |= {result.get("toolUseId")}
    return {each for each in found if isinstance(each, str)}


def tagged_text(data: Any) -> str:
    """The text of an answer whose thoughts, if any, stand in it, as Nova's do; else an empty one."""
    blocks = mappings(mapping(mapping(mapping(data).get("output")).get("message")).get("content"))
    has_thoughts = any("reasoningContent" in block for block in blocks)
    return "" if has_thoughts else "".join(text(block.get("text")) for block in blocks)


def _is_masked(trace: Any) -> bool | None:
    """Whether a guardrail reports that it has masked something, and blocked nothing; None without a trace."""
    actions = set(_actions(mapping(trace).get("guardrail")))
    return "BLOCKED" not in actions if actions & {"BLOCKED", "ANONYMIZED"} else None


def _actions(assessments: Any) -> Iterator[str]:
    if isinstance(assessments, Mapping):
        yield from (
            value for name, value in assessments.items() if name == "action" and isinstance(value, str)
        )
        assessments = list(assessments.values())
    if isinstance(assessments, list):
        for each in assessments:
            yield from _actions(each)
