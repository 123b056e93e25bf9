"""Text of others is shown so that it does nothing, and can be read again as JSON.

Unit tests: a law for all texts; ``tests/commands/test_words_of_a_server.py`` looks at whole runs.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.printable import printable

TEXTS = st.text(st.characters() | st.sampled_from("\x1b\x9b\x7f\r\u202e\u2066\ud83d\udc00\U000e0041\u2028"))


@given(TEXTS)
def test_what_is_shown_can_be_encoded_and_moves_no_cursor(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert not [each for each in shown if (ord(each) < 32 and each not in "\t\n") or 127 <= ord(each) < 160]
    assert printable(shown) == shown


@given(TEXTS)
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("text", ["Zoë 東京 مرحبا שלום", "👨‍👩‍👧 👍🏽 ❤️", "a\tb\nc", "\\u001b"])
def test_letters_and_emoji_of_every_script_stay(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"), [("\x1b[2J", "\\u001b[2J"), ("a\rb", "a\\u000db"), ("\U000e0041", "\\udb40\\udc41")]
)
def test_what_is_escaped_is_told_by_its_code(text: str, shown: str) -> None:
    assert printable(text) == shown
