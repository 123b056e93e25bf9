"""Collects what litellm passes on of a provider's state, which must be sent back with the next question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.json_values import mapping, mappings, text, with_whole_characters

_REBUILT = (
    *("compaction_blocks", "web_search_results", "tool_results", "server_tool_calls"),
    "server_side_tool_invocations",
)
"""The fields of which litellm makes blocks of Anthropic's and of Gemini's again."""


class ProviderState:
    """Collects Anthropic's thinking blocks and the signatures of Gemini's texts, whole or from deltas.

    They must be sent back verbatim with the next question: otherwise
    Anthropic refuses it, and Gemini forgets what it thought. litellm passes
    them on as ``thinking_blocks`` and ``provider_specific_fields``.
    """

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._signatures: list[str] = []
        self._fields: dict[str, Any] = {}

    def add(self, delta: Mapping[str, Any]) -> None:
        """Take a message or a delta."""
        self._add_blocks(delta.get("thinking_blocks"))
        given = mapping(delta.get("provider_specific_fields"))
        signatures = given.get("thought_signatures")
        if isinstance(signatures, list):
            self._signatures += [signature for signature in signatures if isinstance(signature, str)]
        for name in _REBUILT:
            if later := mappings(given.get(name)):
                self._fields[name] = _with_later(self._fields.get(name, []), later)

    def state(self) -> dict[str, Any]:
        """The fields that must be sent back; empty where there are none."""
        fields = dict(self._fields)
        if self._signatures:
            fields["thought_signatures"] = self._signatures
        state: dict[str, Any] = {"thinking_blocks": self._blocks} if self._blocks else {}
        if fields:
            state["provider_specific_fields"] = fields
        whole: dict[str, Any] = with_whole_characters(state)
        return whole

    def _add_blocks(self, blocks: Any) -> None:
        for block in mappings(blocks):
            # Without its index in the stream: Anthropic refuses a block with more fields than it sent.
            own = {name: value for name, value in block.items() if name != "index"}
            if block.get("type") != "thinking":
                self._blocks.append(own)
                continue
            thinking, signature = text(block.get("thinking")), text(block.get("signature"))
            last = self._blocks[-1] if self._blocks else {}
            if last.get("type") == "thinking" and not last["signature"]:
                last.update(thinking=last["thinking"] + thinking, signature=signature)
            else:
                self._blocks.append({**own, "thinking": thinking, "signature": signature})


def _with_later(items: list[Mapping[str, Any]], later: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The list of a later delta, which has all items, or only more of those with the same ids."""
    if not all(item.get("id") for item in [*items, *later]):
        return later
    by_id = {item["id"]: item for item in items}
    for item in later:
        told = {name: value for name, value in item.items() if value is not None}
        by_id[item["id"]] = {**by_id.get(item["id"], {}), **told}
    return list(by_id.values())
