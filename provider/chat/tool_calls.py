"""Assembles tool calls from the fragments that servers send."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider.chat.carried import call_fields, merged
from provider.chat.surrogates import whole_characters
from provider.errors import malformed
from provider.json_values import mapping, text
from provider.response import ToolCall

NO_ARGUMENTS = ("", "null")
"""The arguments that servers send for a call that has none; litellm turns null into "null"."""

SERVER_CALL_ID = "srvtoolu_"
"""The prefix of the ids of calls that Anthropic executes itself; litellm lists them among the others."""


_PLACEHOLDERS = re.compile(r"""\A\s*(?:(?:\{\s*\}|\[\s*\]|null|"")\s*)+(?=\{)""")
"""What servers send for arguments that are still to come."""


@dataclass
class _Call:
    index: Any = None
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def add(self, identifier: str, name: str, arguments: str) -> None:
        """Take a fragment of this call; a name in pieces is joined, a repeated one is not."""
        self.id = self.id or identifier
        if name.startswith(self.name):
            self.name = name
        elif name:
            self.name += name
        if arguments:
            self.pieces.append(arguments)

    def is_continued_by(self, identifier: str, name: str, arguments: str) -> bool:
        """Whether a fragment at the place of this call is of it, and not the beginning of another."""
        if not name or not self.name:
            return True
        begun = self.arguments.strip()
        if _differ(self.id, identifier):
            # Some servers make a new id for each fragment.
            goes_on = not begun or not (_is_whole(begun) or arguments.lstrip().startswith("{"))
            return name == self.name and bool(arguments.strip()) and goes_on
        if name != self.name:
            return not begun and (bool(identifier) or self.index is not None)
        return identifier == self.id != "" or not arguments.strip() or not _is_whole(begun)


class ToolCallAssembler:
    """Assigns fragments to their calls.

    A fragment continues the call of its index, whatever its id, unless it has a name and begins another:
    some servers give every parallel call the index 0, others give none, others a new id to each fragment.
    Empty ids and names are ignored.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}
        self.carried: dict[str, dict[str, Any]] = {}

    def add(self, fragment: Mapping[str, Any]) -> None:
        """Take one element of ``tool_calls``, whole or a delta."""
        function = mapping(fragment.get("function"))
        index, arguments = fragment.get("index"), _json_text(function.get("arguments"))
        index = index if isinstance(index, int) else None
        parts = _not_blank(fragment.get("id")), _not_blank(function.get("name")), arguments
        call = self._known(index, *parts)
        if call is None or not call.is_continued_by(*parts):
            call = _Call(index)
            self._calls.append(call)
        call.add(*parts)
        call.carried = merged(call.carried, call_fields(fragment))
        if index is not None:
            self._latest[index] = call

    def calls(self) -> list[ToolCall]:
        """All calls in their order, without those that the provider executed.

        Raises:
            LLMProviderError: ``malformed_response``, for arguments of a call without a name.
        """
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for call in self._calls:
            if call.id.startswith(SERVER_CALL_ID):
                continue
            arguments = _told_once(whole_characters(call.arguments))
            if not call.name:
                if arguments != "{}":
                    raise malformed("a tool call has no name", arguments)
                continue
            identifier = whole_characters(call.id)
            if not identifier or identifier in taken:
                identifier = f"call_{os.urandom(12).hex()}"
            taken.add(identifier)
            if call.carried:
                self.carried[identifier] = call.carried
            calls.append({"id": identifier, "name": whole_characters(call.name), "arguments": arguments})
        return calls

    def _known(self, index: int | None, identifier: str, name: str, arguments: str) -> _Call | None:
        """The call at the place of a fragment, None where there is none."""
        same_id = [call for call in self._calls if identifier and call.id == identifier]
        for call in reversed(same_id):
            if index is None or call.index in (index, None):
                return call
        latest = self._calls[-1] if self._calls else None
        if index is None:
            return latest
        if index in self._latest or name:
            return self._latest.get(index)
        if same_id:
            return same_id[-1]
        # Without a name it begins no call: some servers count the fragments.
        is_open = latest is not None and latest.name and not _is_whole(latest.arguments)
        return latest if is_open and arguments.strip() else None


def _differ(one: str, other: str) -> bool:
    """Whether both are known and differ."""
    return bool(one and other and one != other)


def _is_whole(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True


def _told_once(arguments: str) -> str:
    """Arguments without placeholders before and behind them, and without their own repetition."""
    arguments = _PLACEHOLDERS.sub("", arguments)
    if arguments.strip() in NO_ARGUMENTS:
        return "{}"
    try:
        value, end = json.JSONDecoder().raw_decode(arguments)
        rest = arguments[end:].strip()
        if rest and (rest in ("{}", *NO_ARGUMENTS) or json.loads(rest) == value):
            return arguments[:end]
    except (ValueError, RecursionError):
        pass  # the model wrote it so, or the answer was cut
    return arguments


def _not_blank(value: Any) -> str:
    return text(value) if text(value).strip() else ""


def _json_text(arguments: Any) -> str:
    """Arguments as JSON text; some servers send the object itself."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
