"""LM Studio's errors, in an answer and in a stream.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from conformance.servers.scripted.dialects.lmstudio import CRASH, OVERFLOW, LMStudio
from conformance.servers.scripted.lmstudio_server import NO_MODEL, error, string, unexpected
from conformance.testing import CALL_MODES, Play, in_order, laws, reply, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1", "lmstudio-v0")]

COUNT = text.COUNT
QUESTION = COUNT.messages

HINT = "Try to load the model with a larger context length, or provide a shorter input"
OVERFLOWS = {
    "keep-first": "Trying to keep the first 111490 tokens when context the overflows. However, the model is"
    f" loaded with context length of only 32768 tokens, which is not enough. {HINT}",
    "tokens-to-keep": OVERFLOW,
    "tokens-to-keep-alone": "The number of tokens to keep from the initial prompt is greater than the context"
    f" length. {HINT}",
    "does-not-fit": "Input does not fit in context length. The input has 31430 tokens, but the context length"
    " only supports 30000 tokens.",
    "exceeds": "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "exceeded": "Context size has been exceeded",
    "cannot-truncate": "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)",
    "reached": "Reached context length of 32000 tokens with model (arch: gpt-oss) that does not currently"
    " support mid-generation context overflow.",
}

FAILURES = {
    "no-model": (400, NO_MODEL, "not_found"),
    "no-model-404": (404, NO_MODEL, "not_found"),
    "load-failed": (400, 'Failed to load model "gpt-oss-20b". Error: Operation canceled.', "not_found"),
    "unknown-model": (404, 'Model "default" not found. Please specify a valid model.', "not_found"),
    "crash": (400, CRASH, "server"),
    "iteration": (400, "Error in iterating prediction stream: ValueError: broken", "server"),
    "prediction": (400, "Error: received prediction-error", "server"),
    "engine": (500, "Engine protocol predict request failed: fetch failed", "server"),
    "no-vision": (400, "Model does not support images. Please use a model that does.", "bad_request"),
    "image-url": (400, "'url' field must be a base64 encoded image.", "bad_request"),
    "no-messages": (400, "'messages' field is required", "bad_request"),
    "template": (400, "Error rendering prompt with jinja template: no such filter", "bad_request"),
    "grammar": (400, "Failed to initialize samplers: failed to parse grammar", "bad_request"),
    "schema": (
        400,
        'Engine protocol predict request returned 400: {"error":{"code":400,"message":"Unable to generate'
        " parser for this template. Automatic parser generation failed: JSON schema conversion failed:\\n"
        'Pattern must start with \'^\' and end with \'$\'","type":"invalid_request_error"}}',
        "bad_request",
    ),
}
"""Status, message and kind."""

IN_BODIES = pytest.mark.parametrize("body", [error, string], ids=["object", "string"])
"""Each failure comes as an object, or as often as a plain string."""


@IN_BODIES
@pytest.mark.parametrize(("status", "words", "kind"), FAILURES.values(), ids=FAILURES)
def test_an_error_keeps_its_message(
    status: int, words: str, kind: str, body: Callable[[str], Any], play: Play
) -> None:
    """An error of LM Studio is reported with its kind and its message, sent as an object or as a string.

    lmstudio-ai/lms#107, #1730 (no model), charmbracelet/crush#2546 (a load that failed), #1057 (a crash),
    #407 (nothing but a name), #908 (no vision), #1752 (``url``), jakobdylanc/llmcord#126: ``error`` was a
    string.
    """
    llm = play(reply(body(words), status))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, kind)
        assert (response.status, response.error) == (status, words)
        assert response.retryable is (kind == "server")


@IN_BODIES
@pytest.mark.parametrize("words", OVERFLOWS.values(), ids=OVERFLOWS)
def test_an_overflow_is_raised(words: str, body: Callable[[str], Any], play: Play) -> None:
    """Each message by which LM Studio reports a context overflow raises ``context_limit``.

    #237, #546, #2205, #2256, #2322, #1024, anomalyco/opencode#2259, anomalyco/opencode#11141.
    """
    llm = play(reply(body(words), 400))

    for ask in CALL_MODES:
        assert laws.overflows(partial(ask, llm)).message == words


@pytest.mark.parametrize("name", [b"event: error\n", b""], ids=["named", "unnamed"])
@pytest.mark.parametrize("words", OVERFLOWS.values(), ids=OVERFLOWS)
def test_an_overflow_inside_a_stream_is_raised(
    words: str, name: bytes, play: Play, dialect: LMStudio
) -> None:
    """Each such message inside a stream raises ``context_limit``, and the text before it is yielded.

    Seen in #2322, aaif-goose/goose#11318.
    """
    failed = dialect.error_event("context_limit", words).replace(b"event: error\n", name)
    events = [*dialect.events(COUNT.answer)[:3], failed]
    llm = play(dialect.streamed(events))
    received: list[str] = []

    error = laws.overflows(lambda: received.extend(llm.stream(QUESTION)))

    assert error.message == words
    assert COUNT.answer.text.startswith("".join(received))
    assert received


@pytest.mark.parametrize("events", [[], [b": nothing to say\n\n"]], ids=["empty", "comment"])
def test_an_empty_stream_is_interrupted(events: list[bytes], play: Play, dialect: LMStudio) -> None:
    """A stream that is empty is reported as ``interrupted``.

    Seen in #2339.
    """
    response = laws.read(play(dialect.streamed(events)).stream(QUESTION))

    laws.failed_as(response, "interrupted")
    assert response.content == ""


def test_an_unexpected_endpoint_inside_a_200_is_not_found(play: Play) -> None:
    """A 200 with an "unexpected endpoint" is reported as ``not_found``, invoked and streamed.

    #618, #1323; burnsbert/ComfyUI-EBU-LMStudio#7: older versions that require a token answer the same.
    """
    llm = play(unexpected)

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "not_found")
        assert response.content == ""
        assert "Unexpected endpoint" in str(response.error)


def test_a_stream_of_an_evicted_model_is_interrupted(play: Play, dialect: LMStudio) -> None:
    """A stream whose model is evicted is reported as ``interrupted``, and the next stream is answered.

    #1796: the answer was cut and looked complete.
    """
    events = dialect.events(COUNT.answer)
    scripts = iter([dialect.streamed(events[:4]), dialect.streamed(events)])
    studio = dialect.server(chat=lambda _: lambda _: next(scripts))
    llm = play(studio)
    evicted = llm.stream(QUESTION)
    received = [next(evicted)]
    studio.models[0].instances.clear()
    received += evicted

    laws.failed_as(evicted.response, "interrupted")
    assert COUNT.answer.text.startswith("".join(received))
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), COUNT.answer)


def test_a_backend_answers_after_a_failed_stream(play: Play, dialect: LMStudio) -> None:
    """A backend answers the calls after a failed stream.

    mattjohnpowell/comfyui-lmstudio-image-to-text-node#24: the next one read it, and gave nothing.
    """
    events = dialect.events(COUNT.answer)
    failed = dialect.streamed([*events[:3], dialect.error_event("server"), *events[3:]])
    whole = reply(dialect.completion(COUNT.answer))
    llm = play(in_order([failed, whole, dialect.streamed(events)]))

    laws.failed_as(laws.read(llm.stream(QUESTION)), "server")
    laws.is_the_answer(llm.invoke(QUESTION), COUNT.answer)
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), COUNT.answer)
