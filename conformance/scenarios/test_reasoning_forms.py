"""Reasoning in every form in which servers of OpenAI's wire send it.

Scripts: no server at hand sends all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.servers.scripted.raw import DONE, both_ways, chunk, completion, streaming
from conformance.testing import Answer, Dialect, Play, laws, text

pytestmark = pytest.mark.dialects("openai")

QUESTION = text.GREETING.messages

THOUGHT = {"type": "reasoning.text", "text": "2 and 2", "index": 0}
FOUR = Answer("4", reasoning="2 and 2")

REASONED: dict[str, tuple[Mapping[str, Any], Answer]] = {
    "details": ({"content": "4", "reasoning_details": [THOUGHT]}, FOUR),
    "summary": (
        {"content": "4", "reasoning_details": [{"type": "reasoning.summary", "summary": "2 and 2"}]},
        FOUR,
    ),
    "thinking": ({"content": "4", "thinking": "2 and 2"}, FOUR),
    "reasoning-text": ({"content": "4", "reasoning_text": "2 and 2"}, FOUR),
    "object": ({"content": "4", "reasoning": {"content": "2 and 2"}}, FOUR),
    "part": ({"content": [{"type": "reasoning", "text": "2 and 2"}, {"type": "text", "text": "4"}]}, FOUR),
    "thinking-blocks": (
        {"content": "4", "thinking_blocks": [{"type": "thinking", "thinking": "2 and 2"}]},
        FOUR,
    ),
    "everywhere": (
        {
            "content": "<think>2 and 2</think>4",
            **dict.fromkeys(("reasoning", "reasoning_content"), "2 and 2"),
            "reasoning_details": [THOUGHT],
        },
        FOUR,
    ),
    "tags-in-the-field": ({"content": "4", "reasoning_content": "<think>2 and 2</think>"}, FOUR),
    "closing-tag-alone": ({"content": "2 and 2</think>\n\n4", "reasoning_content": "2 and 2"}, FOUR),
    **{
        name: ({"content": f"{tag}2 and 2{close}\n\n4"}, FOUR)
        for name, tag, close in (
            ("tag-thinking", "<thinking>", "</thinking>"),
            ("tag-thought", "<thought>", "</thought>"),
            ("tag-in-capitals", "<THINK>", "</THINK>"),
            ("tag-with-attributes", '<think type="deep">', "</think>"),
            ("tag-with-a-space", "<think>", "</think >"),
            ("tag-of-seed", "<seed:think>", "</seed:think>"),
            ("mark-of-magistral", "[THINK]", "[/THINK]"),
            ("mark-of-kimi", "◁think▷", "◁/think▷"),
        )
    },
    "two-thoughts": ({"content": "<think>2 </think>\n<think>and 2</think>4"}, FOUR),
    "another-word": ({"content": "<thinking of you> 4"}, Answer("<thinking of you> 4")),
    "cut-tag": ({"content": "<thi"}, Answer("<thi")),
}
"""Reasoning in other fields and other tags, and what only looks like it."""


@pytest.mark.parametrize(("message", "answer"), REASONED.values(), ids=REASONED)
def test_reasoning_in_any_form_is_told_once(
    message: Mapping[str, Any], answer: Answer, play: Play, dialect: Dialect
) -> None:
    """Reasoning in any field, part or tag is reported once, as reasoning, however the tags are cut.

    Gemma and Seed have tags of other names, Magistral and Kimi marks of other forms; OpenRouter, MiniMax and
    Copilot have fields of their own.
    """
    written = message["content"]
    deltas = [{"content": each} for each in written] if isinstance(written, str) else [{"content": written}]
    fields = {**message, "content": None}
    chunks = [chunk(each) for each in ({"role": "assistant"}, fields, *deltas)]
    llm = play(both_ways(dialect, completion({"role": "assistant", **message}), [*chunks, chunk({}, "stop")]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.demands(response, "reasoning")
        laws.is_the_answer(response, answer)


def test_reasoning_sent_whole_behind_its_deltas_is_told_once(play: Play) -> None:
    """Reasoning that comes once more, whole and in another field, behind its deltas is reported once."""
    deltas = [{"reasoning": "2 "}, {"reasoning": "and 2"}, {"reasoning_details": [THOUGHT]}, {"content": "4"}]
    llm = play(streaming(*map(chunk, deltas), chunk({}, "stop"), DONE))

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), FOUR)
