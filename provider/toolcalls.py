"""Tool calls, put together from the fragments that servers send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from provider.response import ToolCall


@dataclass
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ToolCallAssembler:
    """Sorts fragments to their calls.

    A fragment belongs to the call of its index, unless it brings a new id:
    some servers give every parallel call the index 0, others give none.
    Empty ids and names are no ids and names; a name that is sent again is
    not appended.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}

    def add(self, fragment: Mapping[str, Any]) -> None:
        """Take one element of ``tool_calls``, whole or a delta."""
        identifier = _text(fragment.get("id"))
        call = self._call_for(fragment.get("index"), identifier)
        call.id = call.id or identifier
        function = fragment.get("function")
        if isinstance(function, Mapping):
            call.name = call.name or _text(function.get("name"))
            call.arguments.append(_json_text(function.get("arguments")))

    def whole(self) -> list[ToolCall]:
        """All calls that have a name, in the order in which they began."""
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for call in self._calls:
            if call.name:
                identifier = call.id if call.id and call.id not in taken else f"call_{uuid4().hex[:24]}"
                taken.add(identifier)
                arguments = "".join(call.arguments)
                calls.append(
                    {
                        "id": identifier,
                        "name": call.name,
                        "arguments": arguments if arguments.strip() else "{}",
                    }
                )
        return calls

    def _call_for(self, index: Any, identifier: str) -> _Call:
        known = self._known(index, identifier)
        if known is None or (identifier and known.id and known.id != identifier):
            known = _Call()
            self._calls.append(known)
        if isinstance(index, int):
            self._latest[index] = known
        return known

    def _known(self, index: Any, identifier: str) -> _Call | None:
        if identifier:
            for call in self._calls:
                if call.id == identifier:
                    return call
        if isinstance(index, int):
            return self._latest.get(index)
        return self._calls[-1] if self._calls else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _json_text(arguments: Any) -> str:
    """Arguments as JSON text: some servers send the object itself."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
