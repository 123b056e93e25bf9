"""What servers and proxies do to an answer, beside what the shared suite asks of every backend.

No recording tests: replayed answers come decompressed, whole and at once.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from provider_routes import (
    ANSWER,
    KEY,
    LITELLM,
    LITELLM_ANTHROPIC,
    LMSTUDIO,
    OPENAI,
    QUESTION,
    Route,
    ask,
    every_route,
    invoked_and_streamed,
    routes,
)

from conformance.wire import Chunk, Head, LastChunk, Script, Stall, always, reply, stream
from conformance.wire.dialects import USAGE
from provider import LLMProviderError, LLMResponse

GZIP = {"content-encoding": "gzip"}
UNKNOWN_TYPES = [None, "Text/Event-Stream", "application/octet-stream", "text/event-stream;charset=UTF-8"]


def told(route: Route, how: str) -> bytes:
    """The whole answer, as the bytes of its body."""
    if how == "invoke":
        return json.dumps(route.dialect.completion(ANSWER)).encode()
    return b"".join(route.dialect.events(ANSWER))


def body(data: bytes, how: str, headers: dict[str, str] | None = None) -> Script:
    return reply(data, headers=headers) if how == "invoke" else stream([data], headers=headers)


def is_the_answer(response: LLMResponse) -> None:
    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "stop")
    assert (response.prompt_tokens, response.completion_tokens) == (
        USAGE.prompt_tokens,
        USAGE.completion_tokens,
    )


@every_route
@invoked_and_streamed
def test_a_compressed_answer_is_the_answer(route: Route, how: str) -> None:
    with route.speaking(always(body(gzip.compress(told(route, how)), how, GZIP))) as (llm, _):
        is_the_answer(ask(llm, how))


@every_route
@invoked_and_streamed
def test_a_compressed_error_is_read(route: Route, how: str) -> None:
    """The hosted providers compress their error bodies: unread, an overflow is a mere bad request."""
    failure = route.dialect.error("context_limit")
    said = gzip.compress(json.dumps(failure.body).encode())

    with (
        route.speaking(always(reply(said, failure.status, GZIP))) as (llm, _),
        pytest.raises(LLMProviderError) as raised,
    ):
        ask(llm, how)

    assert raised.value.code == "context_limit"


@every_route
@invoked_and_streamed
def test_an_answer_that_cannot_be_decompressed_is_malformed(route: Route, how: str) -> None:
    with route.speaking(always(body(b"\x1f\x8bnot gzip at all", how, GZIP))) as (llm, _):
        assert ask(llm, how).error_kind == "malformed_response"


def typed(content_type: str | None, events: list[bytes]) -> Script:
    named = {"content-type": content_type} if content_type else {}
    return [Head(200, {"transfer-encoding": "chunked", **named}), *map(Chunk, events), LastChunk()]


@every_route
@pytest.mark.parametrize("content_type", UNKNOWN_TYPES)
def test_a_stream_is_read_whatever_its_type_is_called(route: Route, content_type: str | None) -> None:
    with route.speaking(always(typed(content_type, route.dialect.events(ANSWER)))) as (llm, _):
        is_the_answer(ask(llm, "stream"))


@every_route
@pytest.mark.parametrize("content_type", UNKNOWN_TYPES)
def test_a_cut_stream_is_interrupted_whatever_its_type_is_called(
    route: Route, content_type: str | None
) -> None:
    """Nothing that an SDK invents for the rest is handed on: no finish reason and no tokens."""
    events = route.dialect.events(ANSWER)

    with route.speaking(always(typed(content_type, events[: len(events) // 2]))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error_kind == "interrupted"
    assert ANSWER.text.startswith(response.content)
    assert response.content
    assert (response.finish_reason, response.completion_tokens) == (None, 0)


@every_route
def test_a_finish_reason_without_its_blank_line_counts(route: Route) -> None:
    """The stream ends with it, so it is whole."""
    events = route.dialect.events(ANSWER)
    finish = next(number for number, event in enumerate(events) if route.dialect.ends_answer(event))
    whole = b"".join(events[: finish + 1]).rstrip(b"\n")

    with route.speaking(always(stream([whole]))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "stop")


@every_route
def test_a_byte_order_mark_costs_nothing(route: Route) -> None:
    with route.speaking(always(stream([b"\xef\xbb\xbf" + told(route, "stream")]))) as (llm, _):
        is_the_answer(ask(llm, "stream"))


@every_route
def test_a_stream_is_over_at_its_terminator_though_the_socket_stays_open(route: Route) -> None:
    with route.speaking(always(stream([*route.dialect.events(ANSWER), Stall()]))) as (llm, server):
        is_the_answer(ask(llm, "stream"))

        llm.unload()
        assert server.wait_until_closed()


@every_route
def test_a_broken_character_costs_that_character_alone(route: Route) -> None:
    broken = told(route, "stream").replace(b"or", b"\xff\xfe")

    with route.speaking(always(stream([broken]))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error is None
    assert response.content.replace("\ufffd", "") == ANSWER.text.replace("or", "")


WHOLE_BODIES: dict[str, Callable[[Route], Script]] = {
    "an answer in one piece": lambda route: reply(route.dialect.completion(ANSWER)),
    "a page": lambda _: reply(b"<html><title>Log in</title></html>", headers={"content-type": "text/html"}),
    "a text": lambda _: reply(b"upstream connect error", headers={"content-type": "text/plain"}),
    "nothing": lambda _: reply(b"", headers={"content-type": "text/html"}),
}


@every_route
@pytest.mark.parametrize("script", WHOLE_BODIES.values(), ids=WHOLE_BODIES.keys())
def test_a_stream_that_is_none_is_malformed(route: Route, script: Callable[[Route], Script]) -> None:
    """litellm finds no events in it, and calls the nothing that it found complete."""
    with route.speaking(always(script(route))) as (llm, _):
        response = ask(llm, "stream")

    assert response.error_kind == "malformed_response"
    assert (response.content, response.finish_reason) == ("", None)


@every_route
def test_a_stream_that_nobody_asked_for_is_malformed(route: Route) -> None:
    with route.speaking(always(stream(route.dialect.events(ANSWER)))) as (llm, _):
        assert llm.invoke(QUESTION).error_kind == "malformed_response"


@every_route
@pytest.mark.parametrize(("status", "size"), [(200, 188), (200, 194), (502, 488), (502, 494)])
def test_no_part_of_the_key_is_shown_where_an_excerpt_ends(route: Route, status: int, size: int) -> None:
    """A server may echo the key, and an excerpt may end in the middle of it."""
    echo = b"x" * size + KEY.encode() + b"y" * 500

    with route.speaking(always(reply(echo, status))) as (llm, _):
        error = str(llm.invoke(QUESTION).error)

    assert "xxx" in error
    assert KEY[:5] not in error


@routes(OPENAI, LMSTUDIO)
@pytest.mark.parametrize("ending", ["length", "stop"])
def test_text_after_the_finish_reason_counts(route: Route, ending: str) -> None:
    """Some servers send the finish reason beside the last text, and some before it."""
    early = [
        {"choices": [{"index": 0, "delta": {"content": "Four "}, "finish_reason": ending}]},
        {"choices": [{"index": 0, "delta": {"content": "words"}, "finish_reason": None}]},
    ]
    events = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in early]

    with route.speaking(always(stream([*events, b"data: [DONE]\n\n"]))) as (llm, _):
        response = ask(llm, "stream")

    assert (response.content, response.finish_reason) == ("Four words", ending)


@routes(LITELLM, LITELLM_ANTHROPIC)
@invoked_and_streamed
def test_the_words_of_an_error_are_the_providers_and_not_litellms(route: Route, how: str) -> None:
    failure = route.dialect.error("bad_request")

    with route.speaking(always(reply(failure.body, failure.status))) as (llm, _):
        response = ask(llm, how)

    assert response.error == failure.body["error"]["message"]
