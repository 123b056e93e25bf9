"""Assembling tool calls from fragments, beyond what the scenarios of fragments and calls ask.

No recording tests: these are rare, or properties of all fragmentations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.chat.tool_calls import SERVER_CALL_ID, ToolCallAssembler

Call = tuple[str, str, str]
"""Id, name and arguments."""


def fragment(index: Any = None, id: Any = None, name: Any = None, arguments: Any = None) -> dict[str, Any]:
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def assembled(fragments: Iterable[Mapping[str, Any]]) -> list[Call]:
    assembler = ToolCallAssembler()
    for each in fragments:
        assembler.add([each])
    return [(call["id"], call["name"], call["arguments"]) for call in assembler.calls()]


TABLE: dict[str, tuple[list[dict[str, Any]], list[Call]]] = {
    "an id that comes back at a shared index finds its call": (
        [fragment(0, "a", "f", "["), fragment(0, "b", "g", "{"), fragment(0, "a", arguments="]")],
        [("a", "f", "[]"), ("b", "g", "{")],
    ),
    "an index that is missing only at first": (
        [fragment(None, "a", "f", "{"), fragment(0, "a", arguments="}")],
        [("a", "f", "{}")],
    ),
    "a name that comes after a blank one counts": (
        [fragment(0, "a", " ", ""), fragment(0, None, "f", "{}")],
        [("a", "f", "{}")],
    ),
    "calls keep the order in which they began": (
        [fragment(5, "e", "f", "{}"), fragment(2, "b", "f", "{}"), fragment(9, "i", "f", "{}")],
        [("e", "f", "{}"), ("b", "f", "{}"), ("i", "f", "{}")],
    ),
    "a call without a name is dropped": (
        [fragment(0, "a", None, "{}"), fragment(1, "b", "g", "{}")],
        [("b", "g", "{}")],
    ),
}


@pytest.mark.parametrize(("fragments", "expected"), TABLE.values(), ids=TABLE.keys())
def test_fragments_are_assembled(fragments: list[dict[str, Any]], expected: list[Call]) -> None:
    assert assembled(fragments) == expected


def test_other_names_without_ids_at_one_index_are_other_calls() -> None:
    calls = assembled(
        [fragment(0, "", "f", '{"x":1}'), fragment(0, "", "g", '{"y":'), fragment(0, "", "", "2}")]
    )

    assert [call[1:] for call in calls] == [("f", '{"x":1}'), ("g", '{"y":2}')]


words = st.text(min_size=1).filter(str.strip)
ids = words.filter(lambda text: not text.startswith(SERVER_CALL_ID))
arguments = st.dictionaries(st.text(), st.text() | st.integers() | st.none()).map(json.dumps)
calls = st.lists(st.tuples(ids, words, arguments), max_size=5, unique_by=lambda call: call[0])


@st.composite
def streamed(draw: st.DrawFn, *, indexed: bool) -> tuple[list[Call], list[dict[str, Any]]]:
    """Some calls, and their fragments in any order that keeps each call's own (in order without index)."""
    whole = draw(calls)
    waiting = [_fragments(draw, number if indexed else None, call) for number, call in enumerate(whole)]
    turns = [number for number, own in enumerate(waiting) for _ in own]
    order = draw(st.permutations(turns)) if indexed else turns
    begun = [whole[number] for number in dict.fromkeys(order)]
    return begun, [waiting[number].pop(0) for number in order]


def _fragments(draw: st.DrawFn, index: int | None, call: Call) -> list[dict[str, Any]]:
    identifier, name, text = call
    cuts = draw(st.lists(st.integers(0, len(text)), max_size=4))
    first, *rest = [text[start:end] for start, end in pairwise(sorted([0, *cuts, len(text)]))]
    absent = st.sampled_from(["", None])
    return [
        fragment(index, identifier, name, first),
        *(fragment(index, draw(absent), draw(absent | st.just(name)), piece) for piece in rest),
    ]


@pytest.mark.parametrize("indexed", [True, False], ids=["interleaved", "without-indices"])
@given(data=st.data())
def test_calls_survive_any_fragmentation(indexed: bool, data: st.DataObject) -> None:
    whole, fragments = data.draw(streamed(indexed=indexed))

    assert assembled(fragments) == whole
