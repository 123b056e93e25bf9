"""What a body or an event reports of the end of an answer, by the wire's own names.

Unit tests: a scenario sees only what the contract makes of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from provider.chat.finish_reasons import contract_reason
from provider.litellm.wires import ending_of
from provider.litellm.wires.ending import Ending, usage

CLAUDE = {
    "input_tokens": 3,
    "cache_read_input_tokens": 2,
    "cache_creation_input_tokens": 1,
    "output_tokens": 9,
}
CONVERSE = {"inputTokens": 3, "cacheReadInputTokens": 2, "cacheWriteInputTokens": 1, "outputTokens": 9}
GEMINI = {"promptTokenCount": 3, "toolUsePromptTokenCount": 3, "cachedContentTokenCount": 2}
MASKED = {"outputAssessments": {"x": [{"piiEntities": [{"action": "ANONYMIZED"}, {"action": "NONE"}]}]}}


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (
            {"type": "message", "stop_reason": "end_turn", "usage": CLAUDE},
            Ending("stop", usage=usage(6, 9, 2)),
        ),
        ({"type": "message_start", "message": {"usage": CLAUDE}}, Ending(usage=usage(6, 9, 2))),
        (
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
            Ending("tool_calls", usage=usage(None, 9)),
        ),
        ({"type": "message_stop", "amazon-bedrock-invocationMetrics": {}}, Ending(is_last=True)),
        ({"stopReason": "max_tokens", "usage": CONVERSE}, Ending("length", usage=usage(6, 9, 2))),
        (
            {"stopReason": "guardrail_intervened", "trace": {"guardrail": MASKED}},
            Ending("content_filter", "guardrail_intervened", is_masked=True),
        ),
        (
            {"stopReason": "guardrail_intervened", "trace": {"guardrail": [MASKED, {"action": "BLOCKED"}]}},
            Ending("content_filter", "guardrail_intervened", is_masked=False),
        ),
        (
            {"results": [], "amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": {}},
            Ending("content_filter", "guardrail_intervened", is_last=True),
        ),
        ({"completion": "", "amazon-bedrock-invocationMetrics": {}}, Ending(is_last=True)),
        (
            {
                "candidates": [{"finishReason": "STOP"}],
                "usageMetadata": {**GEMINI, "candidatesTokenCount": 9},
            },
            Ending("stop", usage=usage(6, 9, 2)),
        ),
        ({"usageMetadata": {**GEMINI, "thoughtsTokenCount": 9}}, Ending(usage=usage(6, 9, 2))),
        (
            {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "No such call"}]},
            Ending("error", "MALFORMED_FUNCTION_CALL: No such call"),
        ),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, Ending("content_filter", "SAFETY")),
        (
            {"done": True, "done_reason": "stop", "prompt_eval_count": 6, "eval_count": 9},
            Ending("stop", is_last=True, usage=usage(6, 9)),
        ),
        ({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}, Ending("stop")),
        (
            {"choices": [{"finish_reason": "length"}], "x_groq": {"usage": usage(6, 9)}},
            Ending("length", usage=usage(6, 9)),
        ),
        ({"type": "ping"}, Ending()),
        ([1], Ending()),
        (None, Ending()),
    ],
)
def test_each_wire_reports_its_end(data: Any, ending: Ending) -> None:
    assert ending_of(data) == ending


@pytest.mark.parametrize("odd", [None, 7, "text", [], [7], {"usage": 7}, {"stop_reason": 7}])
def test_any_event_is_read_without_an_exception(odd: Any) -> None:
    fields = ("choices", "candidates", "usageMetadata", "promptFeedback", "usage", "message", "delta")
    for kind in ("message", "message_start", "message-end", 7):
        for field in fields:
            assert isinstance(ending_of({"type": kind, field: odd, "done": odd, "stopReason": odd}), Ending)


def test_the_later_report_wins_and_takes_nothing_back() -> None:
    first = Ending(usage=usage(6, 1, 2))
    last = Ending("stop", is_last=True, usage=usage(None, 9))

    assert first.then(last).then(Ending()) == Ending("stop", is_last=True, usage=usage(6, 9, 2))


@pytest.mark.parametrize(
    ("reason", "contracts"),
    [("stop", "stop"), ("of_tomorrow", "of_tomorrow"), ("SPII", "content_filter"), ("", None), (None, None)],
)
def test_a_reason_that_is_not_in_the_table_is_passed_on(reason: Any, contracts: str | None) -> None:
    assert contract_reason(reason) == contracts
