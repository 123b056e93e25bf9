"""The classification of providers' error texts, in every form, as a response and inside a stream.

Unit tests of a pure function, for some thousand bodies. ``conformance/scenarios/test_error_kinds.py``
sends a few of them over the wire.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.servers.scripted.error_bodies import ERROR_BODIES as IN_BAND
from conformance.servers.scripted.error_bodies import ErrorBody, ErrorDetails, openai_body
from provider.failures.classify import classify
from tests.provider.paraphrases import PARAPHRASED
from tests.provider.texts import ROWS, ErrorText
from tests.provider.texts_more import MORE

ERRORS = [*ROWS, *MORE]


def capitals(details: ErrorDetails) -> Any:
    """Some error bodies of AWS, outside a stream."""
    return {"__type": details.code or details.type, "Message": details.text}


def as_text(details: ErrorDetails) -> Any:
    return json.dumps(openai_body(details))


def as_bytes(details: ErrorDetails) -> Any:
    return json.dumps(openai_body(details)).encode()


ERROR_BODIES = [*IN_BAND, ErrorBody(capitals), ErrorBody(as_text), ErrorBody(as_bytes)]

EXCERPT = 400
"""Characters of a text that its error must show."""

every_error = pytest.mark.parametrize("error", ERRORS, ids=[f"{error.row}-{error.kind}" for error in ERRORS])


@every_error
def test_a_message_has_one_kind_in_every_error_body(error: ErrorText) -> None:
    kinds = {form.name: error.kind_in(has_code=form.has_code, has_status=True) for form in ERROR_BODIES}

    failures = {form.name: classify(error.status, form.body(error)) for form in ERROR_BODIES}

    assert {name: failure.kind for name, failure in failures.items()} == kinds
    assert all(error.text[:EXCERPT] in failure.message for failure in failures.values())


@every_error
def test_a_message_has_one_kind_inside_a_stream(error: ErrorText) -> None:
    """As an event of a 200, so that there is no status unless the body contains it."""
    kinds = {
        form.name: error.kind_in(has_code=form.has_code, has_status=form.keeps_status(error))
        for form in ERROR_BODIES
    }

    failures = {form.name: classify(None, form.body(error)) for form in ERROR_BODIES}

    assert {name: failure.kind for name, failure in failures.items()} == kinds
    assert all(error.text[:EXCERPT] in failure.message for failure in failures.values())


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

WITHOUT_MESSAGE: list[Any] = [
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
@pytest.mark.parametrize("body", WITHOUT_MESSAGE, ids=repr)
def test_a_status_without_a_message_decides_the_kind(status: int, expected: str, body: Any) -> None:
    """P21: an overflow of Cerebras is an empty 400, as any other bad request may be."""
    failure = classify(status, body)

    assert failure.kind == expected
    assert failure.status == status
    assert failure.message
    assert len(failure.message) < 100


def test_an_error_inside_a_200_has_the_status_in_its_body() -> None:
    failure = classify(200, {"error": {"message": "slow down", "code": 429}})

    assert (failure.kind, failure.status) == ("rate_limit", 429)


@pytest.mark.parametrize("error", ROWS, ids=[error.row for error in ROWS])
def test_a_status_is_never_overruled_by_a_message(error: ErrorText) -> None:
    """A refused key, a bill and a rate limit keep their kind, even with the message of an overflow."""
    body = {"error": {"message": error.text, "type": error.type, "code": error.code}}

    assert classify(401, body).kind == "authentication"
    assert classify(402, body).kind == "quota"
    assert classify(403, body).kind in ("permission", "authentication", "quota", "content_filter")
    assert classify(429, body).kind in ("rate_limit", "quota")


def quota_details(window: str) -> Iterator[dict[str, Any]]:
    yield {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"}
    yield {"violations": [{"quotaId": f"GenerateRequestsPer{window}PerProjectPerModel-FreeTier"}]}


@pytest.mark.parametrize(("window", "kind"), [("Day", "quota"), ("Minute", "rate_limit")])
@pytest.mark.parametrize("status", [429, None])
def test_the_details_of_google_distinguish_a_day_from_a_minute(
    window: str, kind: str, status: int | None
) -> None:
    """The message is the same: only the id of the quota shows whether waiting helps."""
    message = (
        "You exceeded your current quota, please check your plan and billing details. Please retry in 38s."
    )
    details = list(quota_details(window))
    body = {"error": {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": details}}

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
def test_messages_and_codes_are_found_in_every_field(body: Any, kind: str) -> None:
    assert classify(None, body).kind == kind


@pytest.mark.parametrize(("kind", "status"), PARAPHRASED)
def test_a_paraphrased_message_has_the_same_kind(kind: str, status: int | None) -> None:
    texts = PARAPHRASED[kind, status]

    failures = {text: classify(status, {"error": {"message": text}}) for text in texts}

    assert {text: failure.kind for text, failure in failures.items()} == dict.fromkeys(texts, kind)
