"""What only Mistral says: content as a list, calls without a type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.testing import Answer, Build, Dialect, Serve, always, laws, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("mistral")]

THOUGHT = Answer("4", reasoning="Okay, 2 + 2.")
QUESTION = text.SUM.messages


def test_content_in_a_list_is_text_and_reasoning(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Content that is a list of thinking and text becomes ``reasoning`` and ``content``.

    microsoft/agent-framework#6978; simonw/llm-mistral#39: a list among the deltas could not be joined.
    """
    assert isinstance(dialect.completion(THOUGHT)["choices"][0]["message"]["content"], list)
    llm = build(serve(dialect.answering(THOUGHT)).url)

    for response in (llm.invoke(QUESTION), laws.read(llm.stream(QUESTION))):
        laws.is_the_answer(response, THOUGHT)


def test_an_empty_thinking_part_is_ignored(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A delta with an empty thinking part is ignored."""
    first, *events = dialect.events(THOUGHT)
    chunk: dict[str, Any] = json.loads(first.removeprefix(b"data: "))
    chunk["choices"][0]["delta"] = {"content": [{"type": "thinking", "thinking": []}]}
    empty = f"data: {json.dumps(chunk)}\n\n".encode()
    llm = build(serve(always(dialect.streamed([first, empty, *events]))).url)

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), THOUGHT)


def test_calls_in_the_last_chunk_are_all_read(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Tool calls that are sent whole and without a type in the last chunk are all read.

    comet-ml/opik#8362: two of them became one.
    """
    turn = tools.PARALLEL
    *_, last, _ = dialect.events(turn.answer)
    assert last.count(b'"arguments"') == len(turn.answer.calls) > 1
    assert b'"type"' not in last
    llm = build(serve(dialect.answering(turn.answer)).url)

    for response in (
        llm.chat_with_tools(turn.messages, tools=turn.tools),
        laws.read(llm.stream(turn.messages, tools=turn.tools)),
    ):
        laws.is_the_answer(response, turn.answer)
