"""Where a good answer is cut: no byte is lost, added or moved.

Unit tests: a scenario that broke its own material would find a fault in every backend, or in none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.runner import cuts

EVENTS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8)
WAYS = [cuts.one_piece, cuts.per_event, cuts.one_byte, cuts.odd_sizes, cuts.inside_characters]


@pytest.mark.parametrize("way", WAYS)
@given(events=EVENTS)
def test_the_pieces_joined_are_the_stream(
    way: Callable[[Sequence[bytes]], list[bytes]], events: list[bytes]
) -> None:
    pieces = way(events)
    assert b"".join(pieces) == b"".join(events)
    assert all(pieces), "an empty chunk would end the body"


@given(text=st.text(min_size=1))
@example(text="é €, 🦀")
def test_every_place_inside_a_character_is_a_cut_and_no_other(text: str) -> None:
    pieces = cuts.inside_characters([text.encode()])
    assert pieces[0] + b"".join(pieces[1:]) == text.encode()
    assert len(pieces) - 1 == sum(len(character.encode()) - 1 for character in text)
    for piece in pieces[1:]:
        with pytest.raises(UnicodeDecodeError, match="invalid start byte"):
            piece.decode()


def test_odd_sizes_are_one_three_five_and_so_on() -> None:
    assert cuts.odd_sizes([b"abcd", b"efghij"]) == [b"a", b"bcd", b"efghi", b"j"]


TEXT, LATER = b'{"text":"a"}', b'{"text":"\\"b\\" 1"}'
CALL, END = b'{"call": {"n":-1.5, "of" : ["x"]}}', b'{"why":"stop"}'


def test_a_stream_ends_once_between_every_two_forms_of_its_events() -> None:
    ends = cuts.between_events([TEXT, LATER, TEXT, CALL, END, TEXT], 4)
    assert ends == [TEXT + LATER, TEXT + LATER + TEXT, TEXT + LATER + TEXT + CALL]


def test_an_event_has_the_form_of_another_where_only_values_differ() -> None:
    assert cuts.form_of(TEXT) == cuts.form_of(LATER) == b'{"text":}'
    assert cuts.form_of(CALL) == b'{"call": {"n":, "of" : []}}'


def test_of_the_events_of_one_form_the_first_is_sent_byte_by_byte() -> None:
    pieces = cuts.one_byte([TEXT, LATER, END])
    assert pieces == [*(bytes([byte]) for byte in TEXT), LATER, *(bytes([byte]) for byte in END)]


def test_after_its_finish_a_stream_loses_an_event_or_half_of_one() -> None:
    told = cuts.after_the_finish([b"a", b"end", b"more", b"done"], 1)
    assert told == [b"aend", b"aendmo", b"aendmore", b"aendmoredo"]


@given(events=EVENTS, chosen=st.integers(min_value=0))
def test_a_stream_ends_early_at_six_places_the_last_in_its_finish(events: list[bytes], chosen: int) -> None:
    finish = chosen % len(events)
    before, body = b"".join(events[:finish]), b"".join(events)
    ends = cuts.early_ends(events, finish)
    assert len(ends) == 6
    assert all(body.startswith(end) for end in ends)
    assert ends == sorted(ends, key=len)
    assert len(before) <= len(ends[-1]) < len(before + events[finish])


@given(body=st.binary(min_size=2, max_size=300))
def test_a_truncated_body_is_a_beginning_and_neither_nothing_nor_all(body: bytes) -> None:
    for beginning in cuts.truncations(body):
        assert body.startswith(beginning)
        assert len(beginning) < len(body)
    assert cuts.truncations(body)[-1] == body[:-1]
