"""What only Amazon Bedrock's wire can do wrong: binary frames, and errors in place of one.

Scripts: no test may reach Amazon.
"""

from __future__ import annotations

import pytest

from conformance.testing import (
    USAGE,
    Answer,
    Build,
    Call,
    Dialect,
    Serve,
    always,
    bedrock,
    laws,
    reply,
    text,
    tools,
)

pytestmark = [pytest.mark.core, pytest.mark.dialects("bedrock")]

TURN = text.COUNT
UNEXPECTED = "The system encountered an unexpected error during processing. Try your request again."

EXCEPTIONS = {
    "throttlingException": ("Too many tokens, please wait before trying again.", "rate_limit"),
    "modelStreamErrorException": (UNEXPECTED, "server"),
    "internalServerException": (UNEXPECTED, "server"),
    "serviceUnavailableException": ("Bedrock is unable to process your request.", "overloaded"),
    "validationException": ("The provided request is not valid", "bad_request"),
}
"""What Bedrock may send in place of the next event, and its kind."""

REASONS = {
    "end_turn": ("stop", None),
    "stop_sequence": ("stop", None),
    "max_tokens": ("length", None),
    "something_new": ("something_new", None),
    "model_context_window_exceeded": ("length", None),
    "malformed_model_output": ("error", "server"),
    "malformed_tool_use": ("error", "server"),
    "guardrail_intervened": ("content_filter", "content_filter"),
    "content_filtered": ("content_filter", "content_filter"),
}
"""Why an answer ended, in Bedrock's words and the contract's, and the error that it is."""

THROTTLED = {
    "tokens": "Too many tokens, please wait before trying again.",
    "day": "Too many tokens per day, please wait before trying again.",
    "prefixed": "Throttling error: Too many tokens, please wait before trying again.",
    "requests": "Too many requests, please wait before trying again.",
}

REFUSED = {
    "output-cap": "The maximum tokens you requested exceed the model limit of 4096. Try again with a maximum"
    " tokens value lower than 4096.",
    "image": "The model returned the following errors: messages.0.content.1.image: Could not process image",
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_frame_is_reported_with_the_text(
    name: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An exception frame after some text is reported as the error that it names, and the text is kept.

    aaif-goose/goose#9579: such frames were dropped, and the partial text taken for the answer.
    """
    words, kind = EXCEPTIONS[name]
    events = dialect.events(TURN.answer)
    begun = events[: len(events) // 2]
    llm = build(serve(always(dialect.streamed([*begun, bedrock.exception_event(name, words)]))).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.failed_as(response, kind)
    assert words in str(response.error)
    assert response.content
    assert TURN.answer.text.startswith(response.content)


def test_an_overflow_inside_a_stream_is_raised(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An exception frame that reports a context overflow raises ``context_limit``."""
    ending = bedrock.exception_event("validationException", "Input is too long for requested model.")
    llm = build(
        serve(always(dialect.streamed([bedrock.event("messageStart", role="assistant"), ending]))).url
    )

    laws.overflows(lambda: list(llm.stream(TURN.messages)))


@pytest.mark.parametrize("words", THROTTLED.values(), ids=THROTTLED)
def test_throttling_is_a_rate_limit(words: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A 429 is reported as ``rate_limit``, even if its message speaks of too many tokens.

    anomalyco/opencode#39621 compacted the history, RooCodeInc/Roo-Code#5050 called the task completed.
    """
    failure = dialect.error("rate_limit", words)
    llm = build(serve(always(reply(failure.body, failure.status, failure.headers))).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.failed_as(response, "rate_limit")
        assert response.retryable


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_a_refused_request_is_a_bad_request(words: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A request that is refused with a 400 is reported as ``bad_request`` and is sent once.

    RooCodeInc/Roo-Code#248; litellm takes an image that cannot be read for a failing server.
    """
    failure = dialect.error("bad_request", words)
    server = serve(always(reply(failure.body, failure.status, failure.headers)))
    llm = build(server.url, max_retries=2)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.failed_as(response, "bad_request")
        assert response.retryable is False
    assert len(dialect.chat_requests(server.requests)) == 2


def test_a_refused_key_is_an_authentication_error(serve: Serve, build: Build) -> None:
    """A 403 whose message says that the API key is invalid is reported as ``authentication``.

    anomalyco/opencode#47073.
    """
    body = {"Message": "Authentication failed: Please make sure your API Key is valid."}
    llm = build(serve(always(reply(body, 403))).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.failed_as(response, "authentication")
        assert body["Message"] in str(response.error)


HIDDEN = "RXU4RUNrZ0lCeEFCR0FJcVFJaGs="
"""What stands for reasoning that is not shown."""

PLACES = {"total": 3, "header-size": 7, "prelude": 9, "header": 20, "payload": -30, "checksum": -1}
"""Where in a frame a byte is changed."""


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_damaged_frame_is_an_error(place: int, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A frame with a wrong checksum ends the stream with an error, and the text before it is kept."""
    events = dialect.events(TURN.answer)
    half = len(events) // 2
    damaged = bytearray(events[half])
    damaged[place] ^= 1
    llm = build(serve(always(dialect.streamed([*events[:half], bytes(damaged), *events[half + 1 :]]))).url)

    response = laws.read(llm.stream(TURN.messages))

    assert response.error_kind in ("malformed_response", "interrupted"), response.error
    assert TURN.answer.text.startswith(response.content)
    assert (response.prompt_tokens, response.completion_tokens) == (0, 0)


def test_a_stream_cut_inside_its_last_frame_is_interrupted(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that is cut inside its last frame is reported as ``interrupted``; the usage frame behind
    it may be missing.
    """
    events = dialect.events(TURN.answer)
    stop = next(number for number, each in enumerate(events) if dialect.ends_answer(each))
    cuts = [0, 4, 11, 12, 40, len(events[stop]) - 1]
    rest = iter([*([*events[:stop], events[stop][:cut] or events[0]] for cut in cuts), events[: stop + 1]])
    llm = build(serve(lambda _: dialect.streamed(next(rest))).url)

    for _ in cuts:
        response = laws.read(llm.stream(TURN.messages))
        laws.failed_as(response, "interrupted")
        assert response.content == TURN.answer.text
    whole = laws.read(llm.stream(TURN.messages))
    laws.is_the_answer(whole, TURN.answer)
    assert (whole.prompt_tokens, whole.completion_tokens) == (0, 0), "tokens that nobody told"


def test_parallel_calls_with_and_without_arguments_are_kept_apart(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Parallel tool calls are kept apart, also if the input of one of them is empty.

    microsoft/autogen#6979, vercel/ai#10859: the arguments were the empty string, which is no JSON.
    """
    [paris] = tools.ONE_CALL.answer.calls
    told = Answer("One moment.", calls=(paris, Call("get_time"), paris))
    llm = build(serve(dialect.answering(told)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)


def test_encrypted_reasoning_is_sent_back(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Encrypted reasoning is not part of the text, and is sent back unchanged with the next request.

    BerriAI/litellm#25375: left out, the next request is refused.
    """
    told, hidden = Answer(calls=(tools.PARIS,)), {"reasoningContent": {"redactedContent": HIDDEN}}
    whole, events = dialect.completion(told), dialect.events(told)
    whole["output"]["message"]["content"].insert(0, hidden)
    events.insert(1, bedrock.event("contentBlockDelta", contentBlockIndex=9, delta=hidden))
    streamed = dialect.streamed(events)
    server = serve(lambda request: streamed if dialect.wants_stream(request) else reply(whole))
    llm = build(server.url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)
        outcome = {"role": "tool", "tool_call_id": response.tool_calls[0]["id"], "content": tools.SUNNY}
        llm.chat_with_tools([*TURN.messages, response.as_message(), outcome], tools=[tools.WEATHER])
        assert HIDDEN in server.requests[-1].body.decode()


def test_unknown_events_are_ignored(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Empty deltas and unknown events in a stream are ignored."""
    empty = bedrock.event("contentBlockDelta", contentBlockIndex=0, delta={"text": ""})
    news = bedrock.event("contentBlockNews", contentBlockIndex=0)
    events = [part for each in dialect.events(TURN.answer) for part in (each, empty, news)]
    llm = build(serve(always(dialect.streamed(events))).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.is_the_answer(response, TURN.answer)
    assert response.completion_tokens == USAGE.completion_tokens


def test_line_separators_are_text(serve: Serve, build: Build, dialect: Dialect) -> None:
    """U+2028, U+2029 and U+0085 arrive as text in a binary stream."""
    llm = build(serve(dialect.answering(text.LINE_SEPARATORS.answer)).url)

    laws.is_the_answer(laws.read(llm.stream(TURN.messages)), text.LINE_SEPARATORS.answer)


@pytest.mark.parametrize("reason", REASONS)
def test_stop_reasons_are_translated(reason: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """Each stop reason is translated into a finish reason of the contract; an unknown one is passed on,
    and the text is kept.

    A guardrail's words are not the model's. litellm takes every reason that it does not know for a whole
    answer: one cut by the context window looks complete.
    """
    ours, kind = REASONS[reason]
    llm = build(serve(dialect.answering(TURN.answer, finish_reason=reason)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.has_fields(response, content=TURN.answer.text, finish_reason=ours, error_kind=kind)
