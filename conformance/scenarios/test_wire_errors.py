"""Errors as each wire sends them: the same laws for every wire, each with its own bytes.

Scripts: no server sends them on demand. A row is asked of the targets that speak its wire.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.scenarios.test_wires import COUNT, row, sent
from conformance.servers.scripted.dialects.dialect import named_event
from conformance.servers.scripted.dialects.lmstudio import CRASH
from conformance.testing import Dialect, Play, anthropic, bedrock, cohere, laws, raw, reply

LMSTUDIO = ("lmstudio-v1", "lmstudio-v0")


def exception(name: str, words: str, kind: str) -> Any:
    """An exception frame of Bedrock in place of the next event."""
    return row(name, "bedrock", bedrock.exception_event(name, words), kind, words)


def unsuccessful(id_: str, kind: str, words: str, **delta: str) -> Any:
    """The last event of Cohere's wire, with an error for its finish reason."""
    return row(id_, "cohere", cohere.event("message-end", delta=delta) + raw.DONE, kind, words)


def among_chunks(id_: str, kind: str, words: str, error: raw.RawEvent) -> Any:
    """An error among OpenAI's chunks, before the terminator."""
    return row(id_, "openai", sent(error, raw.DONE), kind, words)


BROKEN = {"code": "server_error", "message": "Gone.", "param": None}
UNEXPECTED = "The system encountered an unexpected error during processing. Try your request again."

ERRORS = [
    pytest.param(None, "overloaded", "", id="own", marks=pytest.mark.core),
    *(
        row(
            type_,
            "anthropic",
            anthropic.event("error", error={"type": type_, "message": "Gone."}),
            kind,
            "Gone.",
        )
        for type_, kind in {
            "api_error": "server",
            "overloaded_error": "overloaded",
            "rate_limit_error": "rate_limit",
        }.items()
    ),
    exception("throttlingException", "Too many tokens, please wait before trying again.", "rate_limit"),
    exception("modelStreamErrorException", UNEXPECTED, "server"),
    exception("internalServerException", UNEXPECTED, "server"),
    exception("serviceUnavailableException", "Bedrock is unable to process your request.", "overloaded"),
    exception("validationException", "The provided request is not valid", "bad_request"),
    unsuccessful(
        "message", "overloaded", "overloaded", finish_reason="ERROR", error="the model is overloaded"
    ),
    unsuccessful("other-message", "server", "failed", finish_reason="ERROR", error="generation failed"),
    unsuccessful("timeout", "timeout", "", finish_reason="TIMEOUT"),
    among_chunks("object", "rate_limit", "Slow down.", {"error": {"message": "Slow down.", "code": 429}}),
    among_chunks("without-a-type", "server", "Gone.", {"error": {"message": "Gone."}, "message": "Gone."}),
    among_chunks("text", "server", "The model has crashed.", {"error": "The model has crashed."}),
    among_chunks(
        "named", "overloaded", "Overloaded", b'event: error\ndata: {"error":{"message":"Overloaded"}}\n\n'
    ),
    among_chunks(
        "named-flat", "overloaded", "Overloaded", b'event: error\ndata: {"message":"Overloaded"}\n\n'
    ),
    among_chunks("named-text", "overloaded", "Overloaded", b"event: error\ndata: Overloaded\n\n"),
    among_chunks(
        "beside-a-choice", "server", "Gone.", raw.text("", "error", error={"message": "Gone.", "code": 502})
    ),
    row("error-event", "responses", named_event("error", **BROKEN), "server", "Gone."),
    row("nested-in-an-error-event", "responses", named_event("error", error=BROKEN), "server", "Gone."),
    row("error-event-without-a-name", "responses", sent({"type": "error", **BROKEN}), "server", "Gone."),
    row("failed", "responses", named_event("response.failed", response={"error": BROKEN}), "server", "Gone."),
    row("failed-without-an-error", "responses", named_event("response.failed", response={}), "server", ""),
    row("crash", LMSTUDIO, sent({"error": {"message": CRASH}, "message": CRASH}), "server", CRASH),
]


@pytest.mark.parametrize(("error", "kind", "words"), ERRORS)
def test_an_error_inside_a_stream_is_reported(
    error: bytes | None, kind: str, words: str, play: Play, dialect: Dialect
) -> None:
    """An error after some text is reported with its kind and its message, and the text is kept.

    BerriAI/litellm#40578 (an empty success), #4562, aaif-goose/goose#9579 (the partial text taken for the
    answer), zendev-sh/goai#110 (without a type), bigduu/Bamboo-agent#98 (a string), anomalyco/opencode#2259,
    lmstudio-ai/lmstudio-bug-tracker#1408 and #1057 (a crash).
    """
    events = dialect.events(COUNT.answer)
    failed = dialect.error_event("overloaded") if error is None else error
    llm = play(dialect.streamed([*events[: len(events) // 2], failed]))

    response = laws.read(llm.stream(COUNT.messages))

    laws.failed_as(response, kind)
    assert words in str(response.error)
    assert response.content
    assert COUNT.answer.text.startswith(response.content)


TOO_LONG = "The number of tokens to keep from the initial prompt exceeds the context length."
OVERFLOWS = [
    pytest.param(None, id="own"),
    row(
        "exception",
        "bedrock",
        bedrock.exception_event("validationException", "Input is too long for requested model."),
    ),
    row(
        "code",
        "openai",
        sent({"error": {"code": "context_length_exceeded", "message": "Your input is too long."}}, raw.DONE),
    ),
    row("text", "openai", sent({"error": TOO_LONG}, raw.DONE)),
]


@pytest.mark.parametrize("error", OVERFLOWS)
@pytest.mark.parametrize("begun", [False, True], ids=["first", "after-text"])
def test_an_overflow_inside_a_stream_is_raised(
    error: bytes | None, begun: bool, play: Play, dialect: Dialect
) -> None:
    """A context overflow inside a stream raises ``context_limit``, before the first text and after it.

    BerriAI/litellm#29223: yielded as a chunk; anomalyco/opencode#2259: a string in place of an object.
    """
    events = dialect.events(COUNT.answer)[: len(dialect.events(COUNT.answer)) // 2] if begun else []
    failed = dialect.error_event("context_limit") if error is None else error
    stream = play(dialect.streamed([*events, failed])).stream(COUNT.messages)

    laws.overflows(lambda: list(stream))


FILTERED = {
    "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management"
    " policy.",
    "type": None,
    "param": "prompt",
    "code": "content_filter",
    "status": 400,
}
INNER = {"innererror": {"code": "ResponsibleAIPolicyViolation"}}
TOO_LARGE = {
    "message": "Request too large for model `openai/gpt-oss-120b` in organization `org_x` service tier"
    " `on_demand` on tokens per minute (TPM): Limit 8000, Requested 20449, please reduce your message size"
    " and try again.",
    "type": "tokens",
    "code": "rate_limit_exceeded",
}
INVALID_KEY = "Authentication failed: Please make sure your API Key is valid."
CAP = "max_tokens is too large: 1048576. This model supports at most 393216 completion tokens."
RELAYED = {"message": "Param Incorrect", "type": "upstream_error", "param": CAP, "code": "400"}

RESPONSES = [
    # stanford-crfm/helm#3327 (without an inner error), BerriAI/litellm#16231
    row("filtered", "azure", 400, {"error": FILTERED}, "content_filter", FILTERED["message"]),
    row("filtered-inner", "azure", 400, {"error": FILTERED | INNER}, "content_filter", FILTERED["message"]),
    row("inner-code-alone", "azure", 400, {"error": {"message": "No.", **INNER}}, "content_filter", "No."),
    # anomalyco/opencode#47073
    row("key", "bedrock", 403, {"Message": INVALID_KEY}, "authentication", INVALID_KEY),
    # openclaw/openclaw#147644, tashfeenahmed/freellmapi#254: the history was compacted, again and again
    row("tokens-per-minute", "groq", 413, {"error": TOO_LARGE}, "rate_limit", "Requested 20449"),
    # AQBot-Desktop/AQBot#93: a relay hides the reason in param
    row("param", "openai", 400, {"error": RELAYED}, "bad_request", CAP),
]
"""Status, body, kind and message of errors in a provider's own form."""


@pytest.mark.parametrize(("status", "body", "kind", "words"), RESPONSES)
def test_an_unusual_error_has_its_kind(status: int, body: Any, kind: str, words: str, play: Play) -> None:
    """An error whose status is ambiguous is reported with the kind of its code or of its message."""
    llm = play(reply(body, status))

    for response in laws.ask_both_ways(llm, COUNT.messages):
        laws.failed_as(response, kind)
        assert response.status == status
        assert words in str(response.error)
