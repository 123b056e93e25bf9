"""What an answer says: its text, its calls, its reasoning, its ending and its tokens."""

from __future__ import annotations

import json
from typing import Any

from conformance.spec.contract import told
from conformance.spec.dialogue import Answer, Turn
from conformance.spec.expectations import record_expected
from conformance.spec.laws.calls import calls_of, has_calls
from conformance.spec.laws.forms import is_an_answer
from provider.response import LLMResponse


def is_the_answer(response: LLMResponse, answer: Answer) -> None:
    """The response has the text, the calls in order, the reasoning and the finish reason of ``answer``."""
    _note_with_answer(response, answer)
    is_an_answer(response)
    assert response.content == answer.text
    if told(response, "tool_calls"):
        has_calls(response, _made(answer))
    if told(response, "reasoning"):
        assert response.reasoning == answer.reasoning
    if told(response, "finish_reason"):
        assert response.finish_reason == answer.finish_reason


def _note_with_answer(response: LLMResponse, answer: Answer) -> None:
    record_expected(
        response,
        content=answer.text,
        tool_calls=[{"name": call.name, "arguments": json.dumps(call.arguments)} for call in answer.calls],
        reasoning=answer.reasoning,
        finish_reason=answer.finish_reason,
    )


def _made(answer: Answer) -> list[tuple[str, Any]]:
    return [(call.name, dict(call.arguments)) for call in answer.calls]


def same_answer(streamed: LLMResponse, invoked: LLMResponse) -> None:
    """Streamed and invoked, a script has the same text, reasoning, calls, finish reason and tokens."""
    names = ("reasoning", "finish_reason", "prompt_tokens", "completion_tokens")
    fields = [name for name in names if told(invoked, name) and told(streamed, name)]
    record_expected(streamed, content=invoked.content, **{name: getattr(invoked, name) for name in fields})
    assert streamed.content == invoked.content
    if told(streamed, "tool_calls"):
        has_calls(streamed, calls_of(invoked))
    for name in fields:
        assert getattr(streamed, name) == getattr(invoked, name), name


def answers_turn(response: LLMResponse, turn: Turn) -> None:
    """A real model answers ``turn`` as far as its prompt forces the answer; its reasoning is its own."""
    _note_with_answer(response, turn.answer)
    is_an_answer(response)
    assert turn.matcher(response.content) == turn.matcher(turn.answer.text)
    if told(response, "tool_calls"):
        has_calls(response, _made(turn.answer), turn)
    if told(response, "finish_reason"):
        assert response.finish_reason == turn.answer.finish_reason
    if told(response, "reasoning"):
        repeats = response.reasoning.strip() == response.content.strip() != ""
        assert not (response.reasoning and repeats), "the reasoning repeats the answer"


def begins_answer(response: LLMResponse, turn: Turn) -> None:
    """The text of a real model that was cut off is the beginning of the answer, apart from white space."""
    assert "".join(turn.answer.text.split()).startswith("".join(response.content.split()))


def equivalent_answers(streamed: LLMResponse, invoked: LLMResponse, turn: Turn) -> None:
    """A real model that is asked twice gives the same answer, as far as the prompt forces it.

    The prompt has the same number of tokens both times, and so has an answer with the same text.
    """
    record_expected(streamed, content=invoked.content)
    assert turn.matcher(streamed.content) == turn.matcher(invoked.content)
    if told(streamed, "tool_calls"):
        has_calls(streamed, calls_of(invoked), turn)
    for name in ("finish_reason", "prompt_tokens"):
        if told(streamed, name) and told(invoked, name):
            record_expected(streamed, **{name: getattr(invoked, name)})
            assert getattr(streamed, name) == getattr(invoked, name), name
    if not (told(streamed, "completion_tokens") and told(invoked, "completion_tokens")):
        return
    if _text_of(streamed) == _text_of(invoked) and not (_hides_tokens(streamed) or _hides_tokens(invoked)):
        assert streamed.completion_tokens == invoked.completion_tokens


def _text_of(response: LLMResponse) -> str:
    """Everything that the model wrote: content, reasoning, names and arguments of calls, and no ids."""
    calls = [call[part] for call in getattr(response, "tool_calls", []) for part in ("name", "arguments")]
    return "\n".join([response.content, getattr(response, "reasoning", ""), *calls])


def _hides_tokens(response: LLMResponse) -> bool:
    """Whether it has more tokens than its text has bytes, because the provider hides the reasoning."""
    return (response.completion_tokens or 0) > len(_text_of(response).encode("utf-8"))


def counts_tokens(response: LLMResponse) -> None:
    """The response has the token counts of prompt and answer."""
    for field in ("prompt_tokens", "completion_tokens"):
        assert not told(response, field) or getattr(response, field), f"{field} is not told"


def unchanged(before: Any, after: Any) -> None:
    """The backend has not changed the caller's messages, tools and keyword arguments."""
    assert after == before, "the backend changed what it was given"
