"""Any body and any exception is classified, in bounded time, and no error shows the key.

No scenarios: these are properties of all bodies, all exceptions and all keys.
"""

from __future__ import annotations

import html
import json
from itertools import pairwise
from math import ceil
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provider.errors import ErrorKind, LLMProviderError
from provider.failures.classify import classify
from provider.failures.extraction import is_error
from provider.failures.waits import retry_after
from provider.http.addresses import masked

FIELDS = [
    *("error", "errors", "message", "Message", "detail", "details", "param", "raw", "metadata", "msg"),
    *("title", "code", "type", "status", "reason", "innererror", "response", "object", "choices", "x"),
]
WORDS = ["error", "429", "401", "context_length_exceeded", "rate_limit_exceeded", "[", "{", "", " ", "\ud800"]

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)
bodies = (
    json_values
    | st.binary()
    | st.text()
    | json_values.map(json.dumps)
    | json_values.map(lambda value: json.dumps({"error": {"message": json.dumps(value)}}).encode())
)
"""Any JSON, any bytes, any text, JSON as text, and JSON inside JSON."""

statuses = st.none() | st.integers(-1, 1000)


class Unspeakable(Exception):
    """An SDK's exception whose text and response raise."""

    def __str__(self) -> str:
        raise RuntimeError("no message")

    @property
    def response(self) -> Any:
        raise AttributeError("response")


exceptions = st.sampled_from(
    [ValueError, OSError, TimeoutError, KeyError, LookupError, UnicodeError, Unspeakable, LLMProviderError]
)


@st.composite
def chains(draw: st.DrawFn) -> BaseException | None:
    """Exceptions that caused each other, some of them in a circle."""
    kinds: list[type[Exception]] = draw(st.lists(exceptions, max_size=4))
    links = [kind("It failed.") for kind in kinds]
    for outer, inner in pairwise(links):
        if draw(st.booleans()):
            outer.__cause__ = inner
        else:
            outer.__context__ = inner
    if draw(st.booleans()) and links:
        links[-1].__cause__ = links[0]
    return links[0] if links else None


@given(status=statuses, body=bodies, error=chains())
@example(status=None, body={"error": {"code": 10**5000}}, error=None)
@example(status=200, body=b"\xff\xfe", error=Unspeakable())
@example(status=None, body=[[[[[[[[[[[[[[]]]]]]]]]]]]]], error=None)
def test_anything_is_classified(status: int | None, body: Any, error: BaseException | None) -> None:
    failure = classify(status, body, error)

    assert failure.kind in list(ErrorKind)
    assert failure.message
    assert len(failure.message) <= 500
    assert failure.code in ("context_limit", "provider_error")


@given(body=bodies)
def test_is_error_never_raises(body: Any) -> None:
    assert is_error(body) in (True, False)


LONG = [
    *("a" * 1_000_000, " " * 1_000_000, "prompt " * 150_000, "maximum context length " * 40_000),
    *("no token model exceed " * 40_000, "<html><title>" * 80_000, '{"error":' * 100_000, "input_" * 100_000),
    *("aA" * 500_000, "https://" * 100_000, "[" * 1_000_000, "1-" * 400_000, "(" * 500_000, "'" * 1_000_000),
]


@pytest.mark.parametrize("text", LONG, ids=[text[:12] for text in LONG])
@pytest.mark.parametrize("status", [None, 400])
def test_a_megabyte_of_anything_is_classified(text: str, status: int | None) -> None:
    """The gaps in the patterns are bounded: a pattern with an unbounded gap would hang here."""
    for body in (text, {"error": {"message": text, "code": text}}, text.encode()):
        assert classify(status, body).message


def test_the_end_of_a_long_text_is_read() -> None:
    """A server may repeat the whole prompt before the reason of its refusal."""
    echo = f"{'lorem ipsum ' * 100_000} is refused: maximum context length exceeded"

    assert classify(400, {"error": {"message": echo}}).kind == "context_limit"


@pytest.mark.parametrize("words", ["please try again in 7s", "retryDelay: 7s"])
def test_the_wait_at_the_end_of_a_long_text_is_read(words: str) -> None:
    busy = f"{'lorem ipsum ' * 100_000} is refused: {words}"
    assert classify(429, {"error": {"message": busy}}).retry_after == 7.0


KEYS = ["sk-conformance-0123456789", "a+b/c=d&e f", 'quo"te\\d<key>', "x" * 12, "key"]

keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)
spellings = st.sampled_from(
    [
        *(str, str.upper, quote_plus, html.escape),
        *(lambda key: quote(key, safe=""), lambda key: json.dumps(key)[1:-1]),
    ]
)


@given(key=keys | st.sampled_from(KEYS), spelled=spellings, before=st.text(), behind=st.text())
def test_a_key_is_masked_in_every_spelling(key: str, spelled: Any, before: str, behind: str) -> None:
    shown = masked(f"{before} {spelled(key)} {behind}", key)

    assert spelled(key) not in shown.replace("[key]", "")
    assert "[key]" in shown


@given(key=keys, kept=st.floats(0.5, 1), end=st.booleans())
def test_half_a_key_is_masked(key: str, kept: float, end: bool) -> None:
    size = max(8, ceil(len(key) * kept))
    half = key[-size:] if end else key[:size]

    assert half not in masked(f"Incorrect key: <{half}> was given", key).replace("[key]", "")


def test_a_key_of_any_length_is_masked() -> None:
    """A token may have thousands of characters: searching for each part of it would hang here."""
    key = "".join(f"{number:05}" for number in range(10_000))

    assert masked(f"all: {key} end: {key[20_000:]} beginning: {key[:30_000]}, over", key) == (
        "all: [key] end: [key] beginning: [key], over"
    )


@pytest.mark.parametrize("size", range(4, len(KEYS[0])))
def test_a_key_that_is_cut_at_the_end_of_an_excerpt_is_masked(size: int) -> None:
    assert masked(f"the key {KEYS[0][:size]}", KEYS[0]) == "the key [key]"


def test_a_key_that_the_server_has_masked_is_unchanged() -> None:
    shown = "Incorrect API key provided: sk-co***********6789."

    assert masked(shown, KEYS[0]) == shown


def test_a_date_without_a_time_zone_is_in_utc() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 -0000") == 0.0


@pytest.mark.parametrize(
    "header",
    [
        *(None, "7 s", "nan"),
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999",
    ],
)
def test_another_retry_after_is_none(header: str | None) -> None:
    """RFC 9110 has no other form, but gateways send some."""
    assert retry_after(header) is None


@given(st.text() | st.text(st.sampled_from("0123456789 :+-,JanOctWedGMT")))
def test_no_retry_after_raises(header: str) -> None:
    assert (retry_after(header) or 0.0) >= 0.0


@pytest.mark.parametrize("body", [b"", b"<html><title>Moved</title></html>"])
@pytest.mark.parametrize("name", ["location", "Location"])
def test_a_redirect_is_reported_with_its_address(name: str, body: bytes) -> None:
    failure = classify(307, body, headers={name: "http://elsewhere.invalid/rate-limit-exceeded"})
    assert "http://elsewhere.invalid/rate-limit-exceeded" in failure.message
    assert failure.kind is ErrorKind.BAD_REQUEST


def test_an_address_beside_an_error_that_is_no_redirect_is_not_its_message() -> None:
    assert "elsewhere" not in classify(503, b"", headers={"location": "http://elsewhere.invalid"}).message
