"""Answers that servers and proxies changed, beyond what the scenarios ask of every backend.

No recording tests: a replayed answer comes decompressed, complete and at once.
"""

from __future__ import annotations

import gzip
import json

import pytest

from conformance.servers.scripted import Script, always, reply, stream
from conformance.servers.scripted.dialects import USAGE
from conformance.spec.dialogue import Answer
from provider import LLMProviderError, LLMResponse
from tests.provider.routes import (
    ANSWER,
    KEY,
    QUESTION,
    Route,
    ask,
    every_route,
    invoked_and_streamed,
)

GZIP = {"content-encoding": "gzip"}


def body_of(route: Route, how: str) -> bytes:
    """The bytes of the complete answer."""
    if how == "invoke":
        return json.dumps(route.dialect.completion(ANSWER)).encode()
    return b"".join(route.dialect.events(ANSWER))


def script(data: bytes, how: str, headers: dict[str, str] | None = None) -> Script:
    return reply(data, headers=headers) if how == "invoke" else stream([data], headers=headers)


def assert_is_the_answer(response: LLMResponse) -> None:
    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "stop")
    assert (response.prompt_tokens, response.completion_tokens) == (
        USAGE.prompt_tokens,
        USAGE.completion_tokens,
    )


@every_route
@invoked_and_streamed
def test_a_compressed_answer_is_the_answer(route: Route, how: str) -> None:
    with route.speaking(always(script(gzip.compress(body_of(route, how)), how, GZIP))) as (llm, _):
        assert_is_the_answer(ask(llm, how))


@every_route
@invoked_and_streamed
def test_a_compressed_error_is_read(route: Route, how: str) -> None:
    """Hosted providers compress their error bodies: unread, an overflow would be a bad request."""
    failure = route.dialect.error("context_limit")
    body = gzip.compress(json.dumps(failure.body).encode())

    with (
        route.speaking(always(reply(body, failure.status, GZIP))) as (llm, _),
        pytest.raises(LLMProviderError) as raised,
    ):
        ask(llm, how)

    assert raised.value.code == "context_limit"


@every_route
@invoked_and_streamed
def test_an_answer_that_cannot_be_decompressed_is_malformed(route: Route, how: str) -> None:
    with route.speaking(always(script(b"\x1f\x8bnot gzip at all", how, GZIP))) as (llm, _):
        assert ask(llm, how).error_kind == "malformed_response"


@every_route
@invoked_and_streamed
def test_a_redirect_is_a_bad_request_that_names_its_target(route: Route, how: str) -> None:
    """A base URL may have http for https. To follow a redirect would send the key to another server."""
    redirect = reply(b"", 308, {"location": "https://elsewhere.invalid/v1"})

    with route.speaking(always(redirect), max_retries=2) as (llm, server):
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 1

    assert (response.error_kind, response.status) == ("bad_request", 308)
    assert "the server redirects to https://elsewhere.invalid/v1" in str(response.error)


@every_route
@invoked_and_streamed
def test_json_is_utf_8_whatever_its_content_type(route: Route, how: str) -> None:
    """Some servers name ISO 8859-1 with every answer, the default of their framework."""
    answer, kind = Answer("Zoë"), "application/json" if how == "invoke" else "text/event-stream"
    whole = json.dumps(route.dialect.completion(answer), ensure_ascii=False).encode()
    data = whole if how == "invoke" else b"".join(route.dialect.events(answer))

    with route.speaking(always(script(data, how, {"content-type": f"{kind}; charset=ISO-8859-1"}))) as (
        llm,
        _,
    ):
        assert ask(llm, how).content == answer.text


@every_route
@invoked_and_streamed
def test_json_that_is_nested_too_deep_to_be_read_is_malformed(route: Route, how: str) -> None:
    with route.speaking(always(reply(b"[" * 200_000))) as (llm, _):
        assert ask(llm, how).error_kind == "malformed_response"


@every_route
def test_an_event_that_is_nested_too_deep_to_be_read_is_malformed(route: Route) -> None:
    with route.speaking(always(stream([b"data: " + b"[" * 200_000 + b"\n\n"]))) as (llm, _):
        assert ask(llm, "stream").error_kind == "malformed_response"


@every_route
def test_a_finish_reason_without_its_blank_line_counts(route: Route) -> None:
    """The stream ends with it, so it is complete."""
    events = route.dialect.events(ANSWER)
    finish = next(number for number, event in enumerate(events) if route.dialect.ends_answer(event))
    whole = b"".join(events[: finish + 1]).rstrip(b"\n")

    with route.speaking(always(stream([whole]))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "stop")


@every_route
def test_a_broken_character_damages_nothing_else(route: Route) -> None:
    broken = body_of(route, "stream").replace(b"or", b"\xff\xfe")

    with route.speaking(always(stream([broken]))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error is None
    assert response.content.replace("\ufffd", "") == ANSWER.text.replace("or", "")


@every_route
@pytest.mark.parametrize(("status", "size"), [(200, 188), (200, 194), (502, 488), (502, 494)])
def test_no_part_of_the_key_is_shown_where_an_excerpt_ends(route: Route, status: int, size: int) -> None:
    """A server may echo the key, and an excerpt may end in the middle of it."""
    echo = b"x" * size + KEY.encode() + b"y" * 500

    with route.speaking(always(reply(echo, status))) as (llm, _):
        error = str(llm.invoke(QUESTION).error)

    assert "xxx" in error
    assert KEY[:5] not in error
