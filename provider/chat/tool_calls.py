"""Assembles tool calls from the fragments that servers send."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider.json_values import mapping, text
from provider.response import ToolCall

NO_ARGUMENTS = ("", "null")
"""The arguments that servers send for a call that has none; litellm turns null into "null"."""

SERVER_CALL_ID = "srvtoolu_"
"""The prefix of the ids of calls that Anthropic executes itself; litellm lists them among the others."""


@dataclass
class _Call:
    index: Any = None
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ToolCallAssembler:
    """Assigns fragments to their calls.

    A fragment belongs to the call of its index, unless its id or name is
    another: some servers give every parallel call the index 0, others give
    none. Empty ids and names are ignored; a repeated name is not appended.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}

    def add(self, fragment: Mapping[str, Any]) -> None:
        """Take one element of ``tool_calls``, whole or a delta."""
        function = mapping(fragment.get("function"))
        identifier, name = _not_blank(fragment.get("id")), _not_blank(function.get("name"))
        call = self._call_for(fragment.get("index"), identifier, name)
        call.id = call.id or identifier
        call.name = call.name or name
        call.arguments.append(_json_text(function.get("arguments")))

    def calls(self) -> list[ToolCall]:
        """All calls that have a name, in their order, without those that the provider executed."""
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for call in self._calls:
            if call.name and not call.id.startswith(SERVER_CALL_ID):
                identifier = call.id if call.id and call.id not in taken else f"call_{os.urandom(12).hex()}"
                taken.add(identifier)
                arguments = "".join(call.arguments)
                calls.append(
                    {
                        "id": identifier,
                        "name": call.name,
                        "arguments": "{}" if arguments.strip() in NO_ARGUMENTS else arguments,
                    }
                )
        return calls

    def _call_for(self, index: Any, identifier: str, name: str) -> _Call:
        known = self._known(index, identifier)
        if known is None or _differ(known.id, identifier) or _differ(known.name, name):
            known = _Call(index)
            self._calls.append(known)
        if isinstance(index, int):
            self._latest[index] = known
        return known

    def _known(self, index: Any, identifier: str) -> _Call | None:
        indexed = isinstance(index, int)
        for call in reversed(self._calls if identifier else []):
            if call.id == identifier and (not indexed or call.index in (index, None)):
                return call
        if indexed:
            return self._latest.get(index)
        return self._calls[-1] if self._calls else None


def _differ(one: str, other: str) -> bool:
    """Whether both are known and differ."""
    return bool(one and other and one != other)


def _not_blank(value: Any) -> str:
    return text(value) if text(value).strip() else ""


def _json_text(arguments: Any) -> str:
    """Arguments as JSON text; some servers send the object itself."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
