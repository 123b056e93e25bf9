"""Which errors are retried, how often, and after which wait.

Scripts: every request is counted. No test waits long: the server sends a short ``Retry-After``.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, get_args

import pytest

from conformance.testing import (
    CALL_MODES,
    Dialect,
    ErrorKind,
    Play,
    Script,
    Sent,
    by_invoke,
    by_stream,
    compact,
    in_order,
    in_turn,
    laws,
    reply,
    text,
)

MAY_PASS: tuple[ErrorKind, ...] = ("rate_limit", "overloaded", "server")
AT_ONCE = {"retry-after": "0.001"}


@pytest.mark.core
@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_only_retryable_errors_are_retried(kind: ErrorKind, play: Play, sent: Sent, dialect: Dialect) -> None:
    """A retryable error is retried exactly as often as configured, and any other error is not retried.

    langchain-ai/langchainjs#1929, gfargo/coco#1805: a spent quota was asked again for minutes;
    google-gemini/gemini-cli#5807: so was an overflow; openai/openai-cookbook#2812: the SDK's own retries
    made 18 requests of six.
    """
    llm = play(dialect.error(kind).reply(AT_ONCE), max_retries=2)

    for asked, ask in enumerate(CALL_MODES, start=1):
        laws.fails_as(partial(ask, llm), kind)
        assert len(sent()) == asked * (3 if kind in MAY_PASS else 1)


@pytest.mark.dialects("openai")
def test_a_wait_in_milliseconds_is_reported_in_seconds(play: Play, dialect: Dialect) -> None:
    """``Retry-After-Ms``, which OpenAI and Azure send beside a rounded ``Retry-After``, is the wait."""
    llm = play(dialect.error("overloaded").reply({"retry-after-ms": "1500", "retry-after": "2"}))

    for response in laws.ask_both_ways(llm, text.GREETING.messages):
        laws.has_fields(response, error_kind="overloaded", retry_after=1.5)


FORMS = {
    "0": 0.0,
    "1.5": 1.5,
    "120": 120.0,
    "-5": 0.0,
    "Wed, 21 Oct 2015 07:28:00 GMT": 0.0,
    "30,120": None,
    "soon": None,
    "": None,
    "inf": None,
}
"""Retry-After, as servers and gateways send it, and the seconds that it means."""


@pytest.mark.core
def test_retry_after_in_any_form_is_read_or_ignored(play: Play, dialect: Dialect) -> None:
    """``Retry-After`` is read as seconds, as a fraction or as a date, and any other value is ignored.

    IBM/mcp-context-forge#5674, microsoftgraph/msgraph-sdk-python#1159, NousResearch/hermes-agent#84762.
    """
    failure = dialect.error("rate_limit")
    llm = play(in_order([failure.reply({"retry-after": form}) for form in FORMS]))
    wait_in_the_body = by_invoke(play(reply(failure.body, failure.status))).retry_after

    for (form, seconds), ask in in_turn(FORMS.items()):
        response = ask(llm)
        laws.failed_as(response, "rate_limit")
        assert response.retry_after == (wait_in_the_body if seconds is None else seconds), f"of {form!r}"


RETRY_INFO = {
    "error": {
        "code": 429,
        "message": "Resource has been exhausted.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38.5s"}],
    }
}
"""Google's rate limit, which has the wait in its body."""

PASSED_ON: dict[str, Any] = {
    "flat": RETRY_INFO,
    "list": [RETRY_INFO],
    "json-in-message": {"error": {"message": compact(RETRY_INFO), "code": 429}},
    "json-twice": {"error": {"message": compact({"error": {"message": compact(RETRY_INFO)}})}},
    "behind-words": {"error": {"message": f"GeminiException - {compact(RETRY_INFO)}", "code": "429"}},
    "escaped-behind-words": {"error": {"message": f"status 429: {compact({'raw': compact(RETRY_INFO)})}"}},
    "metadata": {"error": {"message": "Provider returned error", "metadata": {"raw": compact(RETRY_INFO)}}},
    "detail": {"detail": compact(RETRY_INFO)},
    "duration": {"error": {"message": "Slow down.", "details": [{"retryDelay": {"seconds": 38.5}}]}},
    "field": {"error": {"message": "Slow down.", "retry_after": 38.5}},
    "list-in-message": {"error": {"message": compact([{"retryDelay": {"seconds": 38.5}}])}},
    "other-lists": {"error": {"message": "Slow down.", "details": [[], [{"retryDelay": "38.5s"}]]}},
    "hours": {"error": {"message": "Slow down.", "retryDelay": "0h0m38s500ms"}},
    "milliseconds": {"error": {"message": "Slow down.", "retry_after_ms": 38500}},
    "seconds": {"error": {"message": "Slow down.", "retry-after-seconds": "38.5"}},
    "quota": {"error": {"message": "Slow down.", "metadata": {"quotaResetDelay": "38.5s"}}},
    "behind-none": {"error": {"message": "Slow down.", "retry_after": None, "retryDelay": "38.5s"}},
    "estimate": {"error": "Model tiny is currently loading", "estimated_time": 38.5},
    "headers": {"error": {"message": "Slow down.", "metadata": {"headers": {"Retry-After": "38.5"}}}},
    "protobuf": {
        "error": {"message": "429 Quota of requests per minute. [retry_delay {\n  seconds: 38.5\n}]"}
    },
    "nanoseconds": {
        "error": {"message": "Slow down.", "details": [{"retryDelay": {"seconds": 38, "nanos": 500_000_000}}]}
    },
    **{
        said: {"error": {"message": f"Rate limit reached. {said}. Visit the docs to learn more."}}
        for said in (
            *("Please try again in 38.5s", "Please try again in 0m38.5s", "Please retry after 38.5 seconds"),
            *("try again in 38500ms", "Retry-After: 38.5", "Please wait 38.5 seconds"),
        )
    },
}
"""The same wait, as gateways pass it on."""


@pytest.mark.dialects("openai")
def test_a_wait_in_the_body_is_read_at_any_depth(play: Play, dialect: Dialect) -> None:
    """A wait in the body of an error is reported as ``retry_after``, however deep gateways have wrapped it.

    A ``Retry-After`` header has precedence. continuedev/continue#9662: the body of Gemini's error was JSON in
    the message of another, and the wait in it was lost; diegosouzapw/OmniRoute#7940.
    """
    llm = play(in_order([reply(body, 429) for body in PASSED_ON.values()]))

    for form, ask in in_turn(PASSED_ON):
        response = ask(llm)
        laws.failed_as(response, "rate_limit")
        assert response.retry_after == 38.5, form

    assert by_invoke(play(reply(RETRY_INFO, 429, {"retry-after": "3"}))).retry_after == 3.0

    begun = dialect.events(text.COUNT.answer)[:3]
    event = f"data: {compact(PASSED_ON['json-in-message'])}\n\n".encode()
    response = by_stream(play(dialect.streamed([*begun, event])))
    assert (response.error_kind, response.retry_after) == ("rate_limit", 38.5)


NO_WAITS: tuple[Any, ...] = (True, "", "soon", {"minutes": 3}, [38.5], {"seconds": True})


@pytest.mark.dialects("openai")
def test_another_value_in_the_body_is_no_wait(play: Play) -> None:
    """A field that is named like a wait and holds none, such as ``true``, is ignored."""
    bodies = [{"error": {"message": "Slow down.", "retry_after": value, "limit": 3}} for value in NO_WAITS]
    llm = play(in_order([reply(body, 429) for body in bodies]))

    for _, ask in in_turn(NO_WAITS):
        laws.has_fields(ask(llm), error_kind="rate_limit", retry_after=None)


def _resets() -> dict[str, Script]:
    """A limit that ends in 50 seconds, as OpenRouter, others and Together say it."""
    end = time.time() + 50
    error = {"code": 429, "message": "Rate limit exceeded: free-models-per-min."}
    reset = f"{end * 1000:.0f}"
    headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    return {
        "metadata": reply({"error": {**error, "metadata": {"headers": headers}}}, 429),
        "milliseconds": reply({"error": error}, 429, {"x-ratelimit-reset": reset}),
        "seconds": reply({"error": error}, 429, {"x-ratelimit-reset": f"{end:.0f}"}),
        "wait": reply({"error": error}, 429, {"x-ratelimit-reset": "50"}),
    }


@pytest.mark.core
@pytest.mark.dialects("openai", "openrouter", "together")
def test_the_end_of_a_limit_is_a_wait(play: Play) -> None:
    """The end of a limit in ``X-RateLimit-Reset`` is reported as ``retry_after``, where nothing else asks.

    It may stand in the headers, or among those that a gateway passes on in the body. A failure that is no
    rate limit has none. dirge-code/dirge#719: each limit of OpenRouter was tried again before it ended.
    """
    for form, failure in _resets().items():
        for response in (by_invoke(play(failure)), by_stream(play(failure))):
            laws.failed_as(response, "rate_limit")
            assert response.retry_after is not None, form
            assert 40 < response.retry_after < 51, form

    failed = reply({"error": {"message": "Internal error"}}, 500, {"x-ratelimit-reset": "50"})
    assert by_invoke(play(failed)).retry_after is None


@pytest.mark.core
def test_a_distant_retry_after_is_not_waited_for(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A ``Retry-After`` far in the future is reported in seconds and is not waited for."""
    century = 100 * 365 * 24 * 3600.0
    failed = dialect.error("rate_limit").reply({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"})

    response = by_invoke(play(failed, max_retries=2))

    laws.failed_as(response, "rate_limit")
    assert response.retry_after is not None
    assert response.retry_after > century
    assert len(sent()) == 1


@pytest.mark.core
def test_a_negative_retry_after_is_zero(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A negative ``Retry-After`` is read as 0, and the request is sent again."""
    tries = iter([dialect.error("overloaded").reply({"retry-after": "-5"})])
    answer = dialect.answering(text.GREETING.answer)

    laws.is_the_answer(
        by_invoke(play(lambda request: next(tries, None) or answer(request), max_retries=1)),
        text.GREETING.answer,
    )

    assert len(sent()) == 2
