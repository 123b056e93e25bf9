"""Line ends, comments and broken connections around a good answer.

Scripts: recordings are broken in ``test_derived_streams`` and ``test_derived_answers``; no server here
sends these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from conformance.testing import Cut, Dialect, Play, Reset, Step, Turn, laws, request_of, text, tools

TURNS = [text.ACCENTS, tools.PARALLEL, tools.TEXT_BESIDE_CALL]
QUESTION = text.GREETING.messages


def crlf(events: Sequence[bytes]) -> list[bytes]:
    """Lines ended by CRLF, as Gemini ends them."""
    return [event.replace(b"\n", b"\r\n") for event in events]


def with_comments(events: Sequence[bytes]) -> list[bytes]:
    """Comments and empty events between the events (mnfst/llm-gateway#2053, openai/openai-python#2722)."""
    return [
        part for event in events for part in (b": PROCESSING\n\n", b":\n\n", b"event: ping\ndata:\n\n", event)
    ]


@pytest.mark.sse
@pytest.mark.parametrize("cut", [crlf, with_comments])
@pytest.mark.parametrize("turn", TURNS, ids=[turn.name for turn in TURNS])
def test_line_ends_and_comments_do_not_change_an_answer(
    turn: Turn, cut: Callable[[Sequence[bytes]], list[bytes]], play: Play, dialect: Dialect
) -> None:
    """An event stream with CRLF line ends, or with comments between its events, gives the same answer.

    ggml-org/llama.cpp#24013: a bare colon while the prompt is read; openai/openai-python#2722: a comment
    after an ``id:`` is an event without data.
    """
    llm = play(dialect.streamed(cut(dialect.events(turn.answer))))

    laws.is_the_answer(laws.read(llm.stream(turn.messages, **request_of(turn))), turn.answer)


@pytest.mark.core
@pytest.mark.parametrize("ending", [[Reset()], [Cut()]], ids=["reset", "closed"])
def test_a_break_before_the_answer_is_retryable(ending: list[Step], play: Play) -> None:
    """A connection that breaks before the answer is reported as a retryable error, invoked and streamed."""
    llm = play(ending)

    for response in laws.ask_both_ways(llm, QUESTION):
        assert response.error_kind in ("connection", "interrupted"), response.error
        assert response.retryable
        laws.has_fields(response, content="")
