"""Assembles tool calls from the fragments that servers send."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider.chat.arguments import is_object, is_whole, json_text, same, told_once
from provider.chat.carried import call_fields, merged
from provider.errors import malformed
from provider.json_values import integer, mapping, text, whole_characters, with_whole_characters
from provider.response import ToolCall

SERVER_CALL_ID = "srvtoolu_"
"""The prefix of the ids of calls that Anthropic executes itself; litellm lists them among the others."""


@dataclass(frozen=True)
class _Fragment:
    """One element of ``tool_calls``, whole or a delta; an empty id or name is none."""

    index: int | None
    id: str
    name: str
    arguments: str
    element: Mapping[str, Any]

    @classmethod
    def of(cls, element: Mapping[str, Any]) -> _Fragment:
        # Some servers have no function around the name and the arguments.
        function = mapping(element.get("function")) or element
        name, arguments = _not_blank(function.get("name")), json_text(function.get("arguments"))
        return cls(integer(element.get("index")), _not_blank(element.get("id")), name, arguments, element)

    @property
    def is_anonymous(self) -> bool:
        """Whether it has neither an index nor an id nor a name."""
        return self.index is None and not self.id and not self.name


@dataclass
class _Call:
    """A call that has begun.

    Attributes:
        repeats: the call before it at the same place, where this may be the same once more.
    """

    index: int | None
    repeats: _Call | None = None
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    elements: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def beginning_with(cls, fragment: _Fragment, at: _Call | None) -> _Call:
        """A call that begins at the place of another."""
        if at is not None and fragment.name == at.name and fragment.id in ("", at.id):
            return cls(fragment.index, at.repeats if at.repeats and at.is_repetition() else at, at.id)
        return cls(fragment.index)

    @property
    def begun(self) -> str:
        """The arguments so far."""
        return "".join(self.pieces).strip()

    def add(self, fragment: _Fragment) -> None:
        """Take a fragment of this call; a name in pieces is joined, a repeated one is not."""
        self.id = self.id or fragment.id
        if fragment.name.startswith(self.name):
            self.name = fragment.name
        elif fragment.name:
            self.name += fragment.name
        if fragment.arguments:
            self.pieces.append(fragment.arguments)
        self.elements.append(fragment.element)

    def is_continued_by(self, fragment: _Fragment) -> bool:
        """Whether a fragment at the place of this call is of it, and not the beginning of another."""
        begun, arguments = self.begun, fragment.arguments.strip()
        has_other_id = bool(self.id and fragment.id and self.id != fragment.id)
        if not fragment.name or not self.name:
            return self.index is not None or not has_other_id or not is_object(begun)
        if self.repeats and not begun and (has_other_id or fragment.name != self.name):
            return False
        if has_other_id:  # some servers make a new id for each fragment
            goes_on = not begun or not (is_whole(begun) or arguments.startswith("{"))
            return fragment.name == self.name and bool(arguments) and goes_on
        is_own = bool(self.id) and fragment.id in ("", self.id)
        if not begun or (is_own and not is_object(begun)):
            return fragment.name == self.name or is_own or bool(fragment.id) or self.index is not None
        return fragment.name == self.name and not (is_whole(begun) and (arguments or is_object(begun)))

    def is_repetition(self) -> bool:
        """Whether this call has been sent before: it has no arguments, or the same ones."""
        if self.repeats is None:
            return False
        return not self.begun or (bool(self.repeats.id) and same(self.pieces, self.repeats.pieces))


class ToolCallAssembler:
    """Assigns fragments to their calls.

    A fragment continues the call of its index, whatever its id, unless it has a name and begins another:
    some servers give every parallel call the index 0, others give none, others a new id to each fragment.
    A name that comes again behind the arguments begins another call only where other arguments follow.

    Attributes:
        carried: the further fields of each call, by its id; filled by ``calls``.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}
        self._row: list[_Call] = []
        self.carried: dict[str, dict[str, Any]] = {}

    def add(self, elements: Iterable[Mapping[str, Any]]) -> None:
        """Take the ``tool_calls`` of a message or of a delta, of which no two with a name are of one call."""
        named: list[_Call] = []
        fragments = [_Fragment.of(element) for element in elements]
        before, self._row = self._row, []
        for place, fragment in enumerate(fragments):
            call = self._known(fragment)
            if len(before) == len(fragments) > 1 and fragment.is_anonymous:
                call = before[place]  # only its place in the list tells whose it is
            if fragment.name and any(call is each for each in named):
                call = None
            if call is None or not call.is_continued_by(fragment):
                call = _Call.beginning_with(fragment, call)
                self._calls.append(call)
            call.add(fragment)
            if fragment.name:
                named.append(call)
            if fragment.index is not None:
                self._latest[fragment.index] = call
            self._row.append(call)

    @property
    def is_empty(self) -> bool:
        """Whether no fragment has come."""
        return not self._calls

    def calls(self) -> list[ToolCall]:
        """All calls in their order, without repetitions and those that the provider executed.

        Raises:
            LLMProviderError: ``malformed_response``, for arguments of a call without a name, and for a call
                of something else than a function.
        """
        self.carried = {}
        identifiers: dict[int, str] = {}
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for call in self._calls:
            if call.id.startswith(SERVER_CALL_ID) or call.is_repetition():
                continue
            arguments = told_once(call.pieces)
            if not call.name:
                _raise_for_nameless(call, arguments)
                continue
            identifier = whole_characters(call.id)
            if not identifier or identifier in taken:
                identifier = f"call_{os.urandom(12).hex()}"
            identifiers[id(call)] = identifier
            taken.add(identifier)
            calls.append({"id": identifier, "name": whole_characters(call.name), "arguments": arguments})
        self._carry(identifiers)
        return calls

    def _carry(self, identifiers: Mapping[int, str]) -> None:
        """Collect the further fields of the calls with these ids, and of their repetitions."""
        for call in self._calls:
            own = call.repeats if call.repeats and call.is_repetition() else call
            identifier = identifiers.get(id(own))
            for element in call.elements if identifier else ():
                if fields := call_fields(element):
                    before = self.carried.get(str(identifier), {})
                    self.carried[str(identifier)] = merged(before, fields)
        self.carried = with_whole_characters(self.carried)

    def _known(self, fragment: _Fragment) -> _Call | None:
        """The call at the place of a fragment, None where there is none."""
        index = fragment.index
        same_id = [call for call in self._calls if fragment.id and call.id == fragment.id]
        for call in reversed(same_id):
            if index is None or call.index in (index, None):
                return call
        latest = self._calls[-1] if self._calls else None
        if index is None:
            return latest
        if index in self._latest or fragment.name:
            return self._latest.get(index)
        if same_id:
            return same_id[-1]
        # Without a name it begins no call: some servers count the fragments.
        is_open = latest is not None and latest.name and not is_whole(latest.begun)
        return latest if is_open and fragment.arguments.strip() else None


def _raise_for_nameless(call: _Call, arguments: str) -> None:
    """Raise for a call without a name, unless it is of a tool that the provider runs, such as a search."""
    for element in call.elements:
        kind = text(element.get("type"))
        if mapping(element.get(kind)).get("name"):
            raise malformed(f"a tool call is of the type {kind}, which is not known", element)
    if arguments != "{}":
        raise malformed("a tool call has no name", arguments)


def _not_blank(value: Any) -> str:
    return text(value) if text(value).strip() else ""
