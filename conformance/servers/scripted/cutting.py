"""Cuts an answer of a script as a server does: before a stop sequence, and after so many tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.servers.scripted.dialects.dialect import compact
from conformance.spec.dialogue import Answer

_TOKEN = re.compile(r"\s*\w{1,2}|\s*[^\w\s]|\s+")


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, which they are when joined: two letters or a sign, with the space before it."""
    return _TOKEN.findall(text)


def token_count(texts: Iterable[str]) -> int:
    """The tokens of several texts."""
    return sum(len(tokens_of(text)) for text in texts)


def answer_tokens(answer: Answer) -> int:
    """The tokens of an answer: of its reasoning, its text and its calls."""
    calls = [part for call in answer.calls for part in (call.name, compact(call.arguments))]
    return token_count([answer.reasoning, answer.text, *calls])


def stopped(answer: Answer, sequences: Sequence[str]) -> Answer:
    """``answer`` up to the first of the stop sequences in its text."""
    found = [at for sequence in sequences if sequence and (at := answer.text.find(sequence)) >= 0]
    return replace(answer, text=answer.text[: min(found)], calls=()) if found else answer


def limited(answer: Answer, limit: int) -> tuple[Answer, str | None]:
    """As much of ``answer`` as ``limit`` tokens hold, and ``length`` where that is not all of it.

    A call that is cut has no form that all wires share: such an answer has no calls.
    """
    if answer_tokens(answer) <= limit:
        return answer, None
    thoughts, words = tokens_of(answer.reasoning), tokens_of(answer.text)
    left = max(0, limit - len(thoughts))
    return Answer("".join(words[:left]), reasoning="".join(thoughts[:limit])), "length"
