"""What only Amazon Bedrock's wire can do wrong: binary frames, and errors in place of one.

Scripts: no test may reach Amazon.
"""

from __future__ import annotations

import pytest

from conformance.runner.stage.stage import Build, Serve
from conformance.servers.scripted import always, reply
from conformance.servers.scripted.dialects import USAGE, Dialect
from conformance.servers.scripted.dialects.bedrock import event, exception_event
from conformance.spec import laws
from conformance.spec.dialogue import Answer, Call, text, tools

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
def test_an_exception_in_a_stream_is_that_error(
    name: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An exception frame after some text is the error that it names, and the text is kept.

    aaif-goose/goose#9579: such frames were dropped, and the partial text taken for the answer.
    """
    words, kind = EXCEPTIONS[name]
    events = dialect.events(TURN.answer)
    begun = events[: len(events) // 2]
    llm = build(serve(always(dialect.streamed([*begun, exception_event(name, words)]))).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.failed_as(response, kind)
    assert words in str(response.error)
    assert response.content
    assert TURN.answer.text.startswith(response.content)


def test_an_overflow_in_a_stream_is_raised(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An exception frame may tell of an overflow: the caller compacts, so it is raised."""
    ending = exception_event("validationException", "Input is too long for requested model.")
    llm = build(serve(always(dialect.streamed([event("messageStart", role="assistant"), ending]))).url)

    laws.overflows(lambda: list(llm.stream(TURN.messages)))


@pytest.mark.parametrize("words", THROTTLED.values(), ids=THROTTLED)
def test_a_throttle_is_no_overflow(words: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A 429 is ``rate_limit``, though its words speak of too many tokens.

    anomalyco/opencode#39621 compacted the history, RooCodeInc/Roo-Code#5050 called the task completed.
    """
    failure = dialect.error("rate_limit", words)
    llm = build(serve(always(reply(failure.body, failure.status, failure.headers))).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.failed_as(response, "rate_limit")
        assert response.retryable


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_a_refused_request_is_not_sent_again(
    words: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """What a 400 refuses is ``bad_request``: no overflow to compact for, and no failure that may pass.

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
    """A wrong API key is a 403 whose message has another name: its words say that it is the key.

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
def test_a_damaged_frame_is_no_success(place: int, serve: Serve, build: Build, dialect: Dialect) -> None:
    """After a frame whose checksums do not hold nothing is believed; what came before is kept."""
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
    """Half a frame says nothing, not even that the answer is whole; the frame behind may be lost."""
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


def test_parallel_tool_uses_with_and_without_arguments(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Each tool use is a block of its own: one whose input is the empty string does not eat the next.

    microsoft/autogen#6979, vercel/ai#10859: the arguments were the empty string, which is no JSON.
    """
    [paris] = tools.ONE_CALL.answer.calls
    told = Answer("One moment.", calls=(paris, Call("get_time"), paris))
    llm = build(serve(dialect.answering(told)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)


def test_hidden_reasoning_comes_back(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Reasoning that the provider has encrypted is no text, and must come back word for word.

    BerriAI/litellm#25375: left out, the next request is refused.
    """
    told, hidden = Answer(calls=(tools.PARIS,)), {"reasoningContent": {"redactedContent": HIDDEN}}
    whole, events = dialect.completion(told), dialect.events(told)
    whole["output"]["message"]["content"].insert(0, hidden)
    events.insert(1, event("contentBlockDelta", contentBlockIndex=9, delta=hidden))
    streamed = dialect.streamed(events)
    server = serve(lambda request: streamed if dialect.wants_stream(request) else reply(whole))
    llm = build(server.url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)
        outcome = {"role": "tool", "tool_call_id": response.tool_calls[0]["id"], "content": tools.SUNNY}
        llm.chat_with_tools([*TURN.messages, response.as_message(), outcome], tools=[tools.WEATHER])
        assert HIDDEN in server.requests[-1].body.decode()


def test_what_a_stream_says_beside_the_answer(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Empty deltas and events that nobody has heard of yet are no part of an answer."""
    empty = event("contentBlockDelta", contentBlockIndex=0, delta={"text": ""})
    news = event("contentBlockNews", contentBlockIndex=0)
    events = [part for each in dialect.events(TURN.answer) for part in (each, empty, news)]
    llm = build(serve(always(dialect.streamed(events))).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.is_the_answer(response, TURN.answer)
    assert response.completion_tokens == USAGE.completion_tokens


def test_characters_that_end_lines_elsewhere(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A binary stream has no lines: what keeps a reader of lines from cutting a text must not touch it."""
    llm = build(serve(dialect.answering(text.LINE_SEPARATORS.answer)).url)

    laws.is_the_answer(laws.read(llm.stream(TURN.messages)), text.LINE_SEPARATORS.answer)


@pytest.mark.parametrize("reason", REASONS)
def test_a_stop_reason_has_the_contracts_name(
    reason: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Why an answer ended is told in one set of words; an error keeps its text, a new word is no error.

    A guardrail's words are not the model's. litellm takes every reason that it does not know for a whole
    answer: one cut by the context window looks complete.
    """
    ours, kind = REASONS[reason]
    llm = build(serve(dialect.answering(TURN.answer, finish_reason=reason)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.has_fields(response, content=TURN.answer.text, finish_reason=ours, error_kind=kind)
