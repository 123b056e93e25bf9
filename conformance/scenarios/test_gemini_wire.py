"""What only Google's wire has: blocked prompts, empty candidates, its own finish reasons and errors.

Scripts, in the form of real traffic.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.testing import Dialect, Handler, LLMProviderError, Play, gemini, laws, reply, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("gemini", "vertex")]

QUESTION = text.GREETING.messages
COUNTS = {"promptTokenCount": 12, "candidatesTokenCount": 5, "totalTokenCount": 17}
EMPTY: dict[str, dict[str, Any]] = {
    "empty": {"content": {}},
    "no-parts": {"content": {"role": "model"}},
    "missing": {},
}
"""Three forms of an empty candidate."""


def saying(*parts: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    """A body or an event whose one candidate has these parts."""
    finish = {"finishReason": reason} if reason else {}
    return candidate({"content": {"role": "model", "parts": list(parts)}, **finish})


def candidate(fields: dict[str, Any], counts: dict[str, Any] = COUNTS) -> dict[str, Any]:
    """A body or an event with this one candidate."""
    return {"candidates": [fields], "usageMetadata": counts, "modelVersion": "tiny"}


def answering(dialect: Dialect, *bodies: dict[str, Any]) -> Handler:
    """These bodies as the events of a stream; the last of them for invoke."""
    return dialect.both_ways(bodies[-1], [gemini.event(body) for body in bodies])


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "MODEL_ARMOR"])
def test_a_blocked_prompt_is_a_content_filter(reason: str, play: Play, dialect: Dialect) -> None:
    """A prompt that is blocked is reported as ``content_filter``, with the reason and the message.

    simonw/llm-gemini#144: an empty answer that looked like a success.
    """
    feedback = {"blockReason": reason, "blockReasonMessage": "The prompt violated the filters."}
    blocked = {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12}}

    for response in laws.ask_both_ways(play(answering(dialect, blocked)), QUESTION):
        laws.failed_as(response, "content_filter")
        assert reason in str(response.error)
        assert "violated the filters" in str(response.error)
        assert response.retryable is False


THINKING = {"promptTokenCount": 15, "thoughtsTokenCount": 2, "totalTokenCount": 17}
FILTERS = (
    *(
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "ESCALATION",
    ),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
)
FAILURES = (
    *("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "TOO_MANY_TOOL_CALLS"),
    *("MISSING_THOUGHT_SIGNATURE", "OTHER", "NO_IMAGE", "IMAGE_OTHER"),
)
"""https://ai.google.dev/api/generate-content#FinishReason"""

ENDINGS: dict[str, dict[str, Any]] = {
    # BerriAI/litellm#40477: a candidate without content is dropped, and with it the reason
    **{reason: {"error_kind": "content_filter"} for reason in FILTERS},
    # NousResearch/hermes-agent#83882, agentjido/req_llm#944: taken for an empty answer
    **{reason: {"error_kind": "server", "retryable": True} for reason in FAILURES},
    # simonw/llm-gemini#75, NousResearch/hermes-agent#87209: such a usage counts thinking tokens alone
    "MAX_TOKENS": {"error": None, "finish_reason": "length", "prompt_tokens": 15, "completion_tokens": 2},
    "STOP": {"error": None, "finish_reason": "stop", "tool_calls": []},
    "CONTINUATION": {"error": None, "finish_reason": "length"},
    "FINISH_REASON_UNSPECIFIED": {"error": None, "finish_reason": "stop"},
}


@pytest.mark.parametrize("fields", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("reason", ENDINGS)
def test_an_empty_candidate_is_reported_by_its_finish_reason(
    reason: str, fields: dict[str, Any], play: Play, dialect: Dialect
) -> None:
    """A candidate without content is filtered, failed, cut or empty, as its finish reason says."""
    empty = candidate({**fields, "finishReason": reason, "finishMessage": f"Because of {reason}"}, THINKING)

    for response in laws.ask_both_ways(play(answering(dialect, empty)), QUESTION):
        laws.has_fields(response, content="", **ENDINGS[reason])
        assert response.error is None or reason in response.error


def test_text_before_a_filter_is_kept(play: Play, dialect: Dialect) -> None:
    """An answer that the filter ends is reported as ``content_filter``, and the text before it is kept."""
    ending = candidate({"finishReason": "SAFETY"})
    streamed = laws.read(play(answering(dialect, saying({"text": "Once"}), ending)).stream(QUESTION))

    whole = saying({"text": "So", "thought": True}, {"text": "Once"}, reason="SAFETY")
    both = laws.ask_both_ways(play(answering(dialect, whole)), QUESTION)

    for response in (streamed, *both):
        laws.failed_as(response, "content_filter")
        assert response.content == "Once"


@pytest.mark.parametrize(
    "body", [{}, {"candidates": None}, {"candidates": []}], ids=["empty", "null", "none"]
)
def test_a_body_without_a_candidate_is_malformed(body: dict[str, Any], play: Play) -> None:
    """A body without a candidate and without a reason for it is reported as ``malformed_response``."""
    for response in laws.ask_both_ways(play(reply(body)), QUESTION):
        laws.failed_as(response, "malformed_response")


def test_the_last_usage_of_a_stream_is_its_usage(play: Play, dialect: Dialect) -> None:
    """The last usage of a stream counts, with its thinking tokens; earlier ones are not added.

    tensorzero/tensorzero#5481, simonw/llm-gemini#75.
    """
    first = {"promptTokenCount": 12, "totalTokenCount": 12}
    last = {**COUNTS, "thoughtsTokenCount": 30, "totalTokenCount": 47}
    fields = {"content": {"role": "model", "parts": [{"text": "Hi"}]}}
    events = [
        candidate(fields, first),
        candidate(fields),
        candidate({**fields, "finishReason": "STOP"}, last),
    ]

    response = laws.read(play(answering(dialect, *events)).stream(QUESTION))

    laws.has_fields(response, content="HiHiHi", prompt_tokens=12, completion_tokens=35)


@pytest.mark.parametrize("status", [400, 200])
def test_an_error_in_a_list_is_reported(status: int, play: Play, dialect: Dialect) -> None:
    """An error inside a list is reported as that error, under a 400 and inside a 200.

    Seen in google-gemini/gemini-cli#6678.
    """
    wrong, full = dialect.error("authentication").body, dialect.error("context_limit").body
    llm = play(reply([wrong], status))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "authentication")

    llm = play(reply([full], status))
    with pytest.raises(LLMProviderError, match="token count"):
        llm.invoke(QUESTION)
    with pytest.raises(LLMProviderError, match="token count"):
        list(llm.stream(QUESTION))


def test_retry_info_is_reported_in_seconds(play: Play) -> None:
    """The delay of a ``RetryInfo`` in the error body is reported as ``retry_after`` in seconds.

    Seen in letterstory/lettertrace#34.
    """
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38.5s"}
    error = {"code": 429, "message": "No.", "status": "RESOURCE_EXHAUSTED", "details": [info]}
    llm = play(reply({"error": error}, 429))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "rate_limit")
        assert response.retry_after == 38.5
