"""One question, one answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance import laws
from conformance.dialogue import Answer, Turn, text
from conformance.interview import Interview
from conformance.wire import Handler, WireServer
from conformance.wire.dialects import Dialect
from provider.base import BaseLLM

SPOKEN = [
    text.ACCENTS,
    text.CHINESE,
    text.EMOJI,
    text.SCRIPTS,
    text.QUOTES,
    text.MARKUP,
    text.JSON_AS_TEXT,
]
SPACED = [text.INNER_SPACE, text.OUTER_SPACE]


def test_text(interview: Interview) -> None:
    """The text of an answer arrives word for word, with its finish reason and its tokens."""
    interview.answers(text.GREETING)


def test_system_prompt(interview: Interview) -> None:
    """The system prompt reaches the model: the same question under another one has another answer."""
    interview.answers(text.SYSTEM_PROMPT)
    interview.answers(text.OTHER_SYSTEM_PROMPT)


def test_memory(interview: Interview) -> None:
    """The earlier turns reach the model, in their order."""
    interview.answers(text.MEMORY)
    interview.answers(text.OTHER_MEMORY)
    interview.answers(text.LONG_MEMORY)


def test_same_role_twice(interview: Interview) -> None:
    """Two messages of one role in a row are both sent; some adapters keep only the last."""
    interview.answers(text.SAME_ROLE)


@pytest.mark.parametrize("turn", SPOKEN, ids=[turn.name for turn in SPOKEN])
def test_says(turn: Turn, interview: Interview) -> None:
    """Every script of the world, quotes and markup survive, invoked and streamed.

    vllm-project/vllm#38732: a character split between two reads broke the stream.
    """
    interview.answers(turn)


def test_line_separators(interview: Interview) -> None:
    """U+2028, U+2029 and U+0085 are text, not the end of a line of the event stream.

    florimondmanca/httpx-sse#37, langgenius/dify#39008: ``splitlines`` cuts the JSON of an event there.
    """
    interview.answers(text.LINE_SEPARATORS)


@pytest.mark.parametrize("turn", SPACED, ids=[turn.name for turn in SPACED])
def test_white_space_is_kept(turn: Turn, interview: Interview) -> None:
    """Spaces, tabs and line feeds belong to the answer, at its ends as well: code depends on them."""
    interview.answers(turn)


def test_max_tokens(interview: Interview) -> None:
    """An answer cut at ``max_tokens`` says ``length`` and keeps its text, invoked and streamed.

    BerriAI/litellm#37710: the bridge made an HTTP 500 of it, and ``stop`` in the stream.
    """
    invoked = interview.invoke(text.CUT_SHORT)
    streamed = interview.stream(text.CUT_SHORT)

    for response in (invoked, streamed):
        assert response.error is None
        assert response.finish_reason == "length"
        assert response.content
        assert text.COUNT.answer.text.startswith(response.content)
    laws.same_answer(streamed, invoked)


def test_sixteen_threads_each_get_their_own_answer(
    serve: Callable[[Handler], WireServer], build: Callable[..., BaseLLM], dialect: Dialect
) -> None:
    """One instance serves many threads; no answer, id or token count goes to another's call.

    A script: a recording cannot show two calls at once. BerriAI/litellm#20312, simonw/llm#1182.
    """
    answers = {f"Say {number}.": Answer(f"This is number {number}.") for number in range(16)}
    llm = build(serve(dialect.answering_by_prompt(answers)).url)

    def ask(question: str) -> None:
        messages = [{"role": "user", "content": question}]
        invoked = llm.invoke(messages)
        laws.is_the_answer(invoked, answers[question])
        stream = llm.stream(messages)
        laws.deltas_are_text(list(stream), stream.response)
        laws.is_the_answer(stream.response, answers[question])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, answers))
