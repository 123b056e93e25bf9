"""The classification of providers' error texts, in every shape, as a response and inside a stream.

Unit tests of a pure function, for some ten thousand bodies. ``conformance/scenarios/test_error_kinds.py``
sends a few of them over the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.servers.scripted.error_bodies import ERROR_BODIES as IN_BAND
from provider.chat.decoding import ChunkDecoder
from provider.errors import ErrorKind, LLMProviderError
from provider.failures.classify import classify
from tests.provider.shapes import ERROR_BODIES
from tests.provider.texts import ROWS, Said
from tests.provider.texts_families import OVERFLOWS
from tests.provider.texts_more import MORE
from tests.provider.texts_overflow import MORE_OVERFLOWS, SOUNDS_LIKE_OVERFLOW
from tests.provider.texts_relatives import RELATIVES

EVERYTHING = [*ROWS, *MORE_OVERFLOWS, *SOUNDS_LIKE_OVERFLOW, *MORE]

EXCERPT = 400
"""Characters of a text that its error must show."""

every_text = pytest.mark.parametrize(
    "said", EVERYTHING, ids=[f"{said.row}-{said.kind}" for said in EVERYTHING]
)


@every_text
def test_words_mean_the_same_in_every_shape(said: Said) -> None:
    means = {shape.name: said.means(has_code=shape.has_code, has_status=True) for shape in ERROR_BODIES}

    failures = {shape.name: classify(said.status, shape.body(said)) for shape in ERROR_BODIES}

    assert {name: failure.kind for name, failure in failures.items()} == means
    assert all(said.text[:EXCERPT] in failure.message for failure in failures.values())


@every_text
def test_words_mean_the_same_inside_a_stream(said: Said) -> None:
    """As an event of a 200, so that there is no status unless the body contains it."""
    means = {
        shape.name: said.means(has_code=shape.has_code, has_status=shape.keeps_status(said))
        for shape in ERROR_BODIES
    }

    failures = {shape.name: classify(None, shape.body(said)) for shape in ERROR_BODIES}

    assert {name: failure.kind for name, failure in failures.items()} == means
    assert all(said.text[:EXCERPT] in failure.message for failure in failures.values())


@every_text
def test_a_chunk_that_is_an_error_is_raised(said: Said) -> None:
    for shape in IN_BAND:
        with pytest.raises(LLMProviderError) as raised:
            list(ChunkDecoder().feed(shape.body(said)))
        assert raised.value.kind == classify(None, shape.body(said)).kind, shape.name


def test_the_table_says_where_a_body_loses_what_decides() -> None:
    """Few rows need more than their words, and without it none of these is taken for an overflow."""
    needing = [said for said in EVERYTHING if said.without_code or said.without_status or said.alone]

    assert len(needing) < len(EVERYTHING) / 5
    for said in needing:
        if said.kind != "context_limit" and said.row != "too-long-for-you":
            assert "context_limit" not in (said.without_code, said.without_status, said.alone), said.row


def test_every_row_stands_once_in_the_table() -> None:
    rows = [(said.row, said.kind, said.text) for said in EVERYTHING]

    assert len(set(rows)) == len(rows)


STATUS_ALONE = [
    (400, "bad_request"),
    (401, "authentication"),
    (402, "quota"),
    (403, "permission"),
    (404, "not_found"),
    (408, "timeout"),
    (409, "server"),
    (413, "bad_request"),
    (422, "bad_request"),
    (429, "rate_limit"),
    (500, "server"),
    (502, "server"),
    (503, "overloaded"),
    (504, "timeout"),
    (529, "overloaded"),
]

WORDLESS: list[Any] = [
    None,
    "",
    b"",
    {},
    [],
    "null",
    7,
    "<html><title>Bad Gateway</title>prompt is too long</html>",
]


@pytest.mark.parametrize(("status", "expected"), STATUS_ALONE)
@pytest.mark.parametrize("body", WORDLESS, ids=repr)
def test_a_status_alone_says_enough(status: int, expected: str, body: Any) -> None:
    """P21: an overflow of Cerebras is an empty 400, as any other bad request may be."""
    failure = classify(status, body)

    assert failure.kind == expected
    assert failure.status == status
    assert failure.message
    assert len(failure.message) < 100


def test_an_error_inside_a_200_carries_its_own_status() -> None:
    failure = classify(200, {"error": {"message": "slow down", "code": 429}})

    assert (failure.kind, failure.status) == ("rate_limit", 429)


@pytest.mark.parametrize("said", ROWS, ids=[said.row for said in ROWS])
def test_a_status_of_the_response_is_never_overruled_by_words(said: Said) -> None:
    """A refused key, a bill and a rate limit stay what they are, even with the words of an overflow."""
    body = {"error": {"message": said.text, "type": said.type, "code": said.code}}

    assert classify(401, body).kind == "authentication"
    assert classify(402, body).kind == "quota"
    assert classify(403, body).kind in ("permission", "authentication", "quota", "content_filter")
    assert classify(429, body).kind in ("rate_limit", "quota")


def quota_details(window: str) -> Iterator[dict[str, Any]]:
    yield {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"}
    yield {"violations": [{"quotaId": f"GenerateRequestsPer{window}PerProjectPerModel-FreeTier"}]}


@pytest.mark.parametrize(("window", "kind"), [("Day", "quota"), ("Minute", "rate_limit")])
@pytest.mark.parametrize("status", [429, None])
def test_googles_details_distinguish_a_day_from_a_minute(window: str, kind: str, status: int | None) -> None:
    """The words are the same: only the id of the quota says whether waiting helps."""
    words = (
        "You exceeded your current quota, please check your plan and billing details. Please retry in 38s."
    )
    details = list(quota_details(window))
    body = {"error": {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED", "details": details}}

    assert classify(status, body).kind == kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"errors": [{"code": 3040, "message": "Capacity temporarily exceeded"}]}, "rate_limit"),
        (
            {"detail": [{"loc": ["body", "messages"], "msg": "Field required", "type": "missing"}]},
            "bad_request",
        ),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "quota"),
        ({"ErrorCode": "CLIENT_ERROR", "OriginalMessage": '{"error":"Input is too long"}'}, "context_limit"),
        (
            {"type": "response.failed", "response": {"error": {"code": "context_length_exceeded"}}},
            "context_limit",
        ),
        ({"error": {"message": "", "details": [{"reason": "API_KEY_INVALID"}]}}, "authentication"),
        ({"title": "Not authenticated", "status": 401}, "authentication"),
    ],
)
def test_words_and_codes_are_found_where_servers_keep_them(body: Any, kind: str) -> None:
    assert classify(None, body).kind == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [("context_limit", "context_limit"), ("not_loaded", "not_loaded"), ("provider_error", "rate_limit")],
)
def test_every_kind_has_one_of_three_codes(code: str, kind: str) -> None:
    assert LLMProviderError("why", kind=ErrorKind(kind)).code == code


IN_OTHER_WORDS = OVERFLOWS | RELATIVES


@pytest.mark.parametrize(("kind", "status"), IN_OTHER_WORDS)
def test_the_same_in_other_words_means_the_same(kind: str, status: int | None) -> None:
    texts = IN_OTHER_WORDS[kind, status]

    failures = {text: classify(status, {"error": {"message": text}}) for text in texts}

    assert {text: failure.kind for text, failure in failures.items()} == dict.fromkeys(texts, kind)
