"""The two ways to ask, in turn: a unit test, for a scenario that asked in one way only would pass as well."""

from __future__ import annotations

from conformance.spec.call_modes import by_invoke, by_stream, in_turn


def test_each_item_is_asked_about_once_and_the_ways_alternate() -> None:
    assert in_turn("abc") == [("a", by_invoke), ("b", by_stream), ("c", by_invoke)]


def test_an_odd_number_begins_with_the_stream() -> None:
    assert in_turn("ab", 3) == [("a", by_stream), ("b", by_invoke)]
