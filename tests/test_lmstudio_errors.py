"""What LM Studio's failures mean, by an answer and by a stream.

No recording tests: no LM Studio can be installed here; a script of the loopback server stands for it.
Numbers such as #619 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from lmstudio_server import (
    GEMMA,
    NO_MODEL,
    OPENAI,
    QWEN,
    Level,
    LMStudio,
    Model,
    error,
    loaded,
    says,
    unexpected,
)
from provider_routes import ANSWER, QUESTION, ask, invoked_and_streamed

from conformance.wire import always, reply, stream
from provider import LLMProviderError

HINT = "Try to load the model with a larger context length, or provide a shorter input"

OVERFLOWS = [
    "Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with"
    f" context length of only 32768 tokens, which is not enough. {HINT}",
    "The number of tokens to keep from the initial prompt is greater than the context length"
    f" (n_keep: 13055>= n_ctx: 4096). {HINT}.",
    "Input does not fit in context length. The input has 31430 tokens, but the context length only supports"
    " 30000 tokens.",
    "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "Context size has been exceeded",
    "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)",
    "Reached context length of 32000 tokens with model (arch: gpt-oss) that does not currently support"
    " mid-generation context overflow.",
]
"""#237, #546, #2256, #2322, #1024, openclaw/openclaw#141357, anomalyco/opencode#11141."""

FAILURES = [
    # As an object or as a plain string.
    (400, NO_MODEL, "not_found"),
    (404, NO_MODEL, "not_found"),
    (400, 'Failed to load model "gpt-oss-20b". Error: Error loading model.', "not_found"),
    (404, 'Model "default" not found. Please specify a valid model.', "not_found"),
    (400, "The model has crashed without additional information. (Exit code: null)", "server"),
    (400, "Error in iterating prediction stream: ValueError: broken", "server"),
    (500, "Engine protocol predict request failed: fetch failed", "server"),
    (400, "Model does not support images. Please use a model that does.", "bad_request"),
    (400, "'url' field must be a base64 encoded image.", "bad_request"),
    (400, "'messages' field is required", "bad_request"),
    (400, "Error rendering prompt with jinja template: no such filter", "bad_request"),
    (400, "Failed to initialize samplers: failed to parse grammar", "bad_request"),
    (
        400,
        'Engine protocol predict request returned 400: {"error":{"code":400,"message":"Unable to generate'
        " parser for this template. Automatic parser generation failed: JSON schema conversion failed:\\n"
        'Pattern must start with \'^\' and end with \'$\'","type":"invalid_request_error"}}',
        "bad_request",
    ),
]
"""#1730, lms#107, continue#10150, gitbutler#8706, #2255, #314, #2257, #908, #1120, #842, #2197."""


def string(message: str) -> dict[str, Any]:
    """An error as about half of LM Studio's are."""
    return {"error": message}


def error_event(message: str, name: bytes = b"event: error\n") -> bytes:
    """How a stream ends that has failed; no ``[DONE]`` follows (#2322)."""
    body = {"error": {"message": message}, "message": message}
    return name + f"data: {json.dumps(body)}\n\n".encode()


@invoked_and_streamed
@pytest.mark.parametrize("body", [error, string])
@pytest.mark.parametrize(("status", "text", "kind"), FAILURES)
def test_a_failure_keeps_its_words(how: str, body: Any, status: int, text: str, kind: str) -> None:
    with loaded(LMStudio(chat=always(reply(body(text), status)))) as (llm, _):
        response = ask(llm, how)

    assert (response.error_kind, response.status, response.error) == (kind, status, text)
    assert response.retryable is (kind == "server")


@invoked_and_streamed
def test_an_invalid_identifier_is_not_found(how: str) -> None:
    """The words vary from version to version, the code does not."""
    body = error('Invalid model identifier "x". Please specify a valid downloaded model.', "model_not_found")
    with loaded(LMStudio(chat=always(reply(body, 400)))) as (llm, _):
        assert ask(llm, how).error_kind == "not_found"


@invoked_and_streamed
def test_a_path_that_is_not_known_is_not_found(how: str) -> None:
    """It is a 200, and JSON where a stream was asked for: #618, #1323."""
    with loaded(LMStudio(chat=unexpected)) as (llm, _):
        response = ask(llm, how)

    assert (response.error_kind, response.content) == ("not_found", "")
    assert "Unexpected endpoint" in str(response.error)


@invoked_and_streamed
@pytest.mark.parametrize("body", [error, string])
@pytest.mark.parametrize("text", OVERFLOWS)
def test_an_overflow_is_raised(how: str, body: Any, text: str) -> None:
    with (
        loaded(LMStudio(chat=always(reply(body(text), 400)))) as (llm, _),
        pytest.raises(LLMProviderError) as raised,
    ):
        ask(llm, how)

    assert (raised.value.code, raised.value.message) == ("context_limit", text)


@pytest.mark.parametrize("name", [b"event: error\n", b""], ids=["named", "unnamed"])
@pytest.mark.parametrize("said", [0, 3], ids=["at once", "after some text"])
@pytest.mark.parametrize("text", OVERFLOWS)
def test_an_overflow_inside_a_stream_is_raised(text: str, said: int, name: bytes) -> None:
    """A 200 that ends without ``[DONE]``: #2322, goose#11318."""
    events = [*OPENAI.events(ANSWER, model=GEMMA)[:said], error_event(text, name)]
    told: list[str] = []
    with (
        loaded(LMStudio(chat=always(stream(events)))) as (llm, _),
        pytest.raises(LLMProviderError) as raised,
    ):
        told.extend(llm.stream(QUESTION))

    assert (raised.value.code, raised.value.message) == ("context_limit", text)
    assert ANSWER.text.startswith("".join(told))
    assert bool(told) is bool(said)


def test_a_crash_inside_a_stream_keeps_the_text_so_far() -> None:
    crash = "The model has crashed without additional information. (Exit code: null)"
    events = [*OPENAI.events(ANSWER, model=GEMMA)[:3], error_event(crash)]
    with loaded(LMStudio(chat=always(stream(events)))) as (llm, _):
        response = ask(llm, "stream")

    assert (response.error_kind, response.error) == ("server", crash)
    assert ANSWER.text.startswith(response.content)
    assert response.content


@invoked_and_streamed
@pytest.mark.parametrize("level", ["v1", "v0"])
def test_an_answer_of_another_model_is_not_found(how: str, level: Level) -> None:
    """LM Studio asks whichever is loaded, and the answer says which: #619, #1217."""
    studio = LMStudio([Model(instances={GEMMA: 4096}), Model(QWEN, {QWEN: 4096})], level, jit=False)
    with loaded(studio) as (llm, _):
        studio.models[0].instances.clear()
        response = ask(llm, how)

    assert (response.error_kind, response.content) == ("not_found", "")
    assert QWEN in str(response.error)
    assert GEMMA in str(response.error)


@invoked_and_streamed
@pytest.mark.parametrize("level", ["v1", "v0"])
@pytest.mark.parametrize("name", ["", "gemma-3-4b", "Google/Gemma-3-4B", f"{GEMMA}@q4_k_m", f"{GEMMA}:3"])
def test_an_answer_may_name_its_model_in_another_way(how: str, level: Level, name: str) -> None:
    with loaded(LMStudio(level=level, chat=says(ANSWER, name))) as (llm, _):
        assert ask(llm, how).content == ANSWER.text


@pytest.mark.parametrize("events", [[], [b": nothing to say\n\n"]])
def test_a_stream_that_says_nothing_is_interrupted(events: list[bytes]) -> None:
    """How some versions answer what does not fit: #2339."""
    with loaded(LMStudio(chat=always(stream(events)))) as (llm, _):
        response = ask(llm, "stream")

    assert (response.error_kind, response.content) == ("interrupted", "")
