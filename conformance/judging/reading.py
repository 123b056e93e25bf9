"""What an answer says, read as far as it can be read; how it is written is for the laws to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.judging.events import Event
from conformance.judging.exchange import Exchange, parsed
from conformance.spec.dialogue import Answer, Turn
from conformance.spec.dialogue.matchers import same_words


@dataclass(frozen=True)
class ReadCall:
    """A tool call as it was sent; the arguments are text, which need not be JSON."""

    id: str
    name: str
    arguments: str

    @property
    def value(self) -> Any:
        """The arguments as JSON; None where they are none."""
        return parsed(self.arguments)


@dataclass(frozen=True)
class Reading:
    """An answer, whole or streamed.

    Attributes:
        exchange: the bytes that it was read from.
        id: its id; empty where it has none.
        text: its content.
        calls: its tool calls, in order.
        finish: why it ended, by the provider's name; None where nothing says so.
        prompt_tokens: those of the question; None where they are not counted.
        completion_tokens: those of the answer.
        bodies: the JSON objects that it was sent in: one, or a stream's.
        events: the events of a stream.
    """

    exchange: Exchange
    id: str = ""
    text: str = ""
    calls: Sequence[ReadCall] = ()
    finish: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    bodies: Sequence[Any] = field(default=(), repr=False)
    events: Sequence[Event] = field(default=(), repr=False)

    @property
    def said(self) -> tuple[str, list[tuple[str, Any]], str | None]:
        """Text, calls and ending: what a streamed and a whole answer have in common."""
        return self.text, [(call.name, call.value) for call in self.calls], self.finish


def at(value: Any, *steps: str | int) -> Any:
    """The part of a JSON value at ``steps``; None where there is none."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def count(value: Any, *steps: str | int) -> int | None:
    """The whole number there; None where there is none."""
    found = at(value, *steps)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def string(value: Any, *steps: str | int) -> str:
    """The text there; empty where there is none."""
    found = at(value, *steps)
    return found if isinstance(found, str) else ""


def items(value: Any, *steps: str | int) -> list[Any]:
    """The list there; empty where there is none."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []


def answers(turn: Turn, reading: Reading, *, cut: bool = False) -> bool:
    """Whether a reading is an answer to ``turn``, as far as its prompt forces it.

    Args:
        turn: the question.
        reading: what came back; words around those that were asked for do not count.
        cut: whether the answer may end early, because its tokens were limited.
    """
    if turn.answer.calls:
        made = [(call.name, call.value) for call in reading.calls]
        return turn.comparable_calls(made) == turn.comparable_calls(_calls(turn.answer))
    if cut:
        said = "".join(reading.text.split())
        return bool(said) and "".join(turn.answer.text.split()).startswith(said)
    if turn.matcher(reading.text) == turn.matcher(turn.answer.text):
        return True
    said, wanted, asked = (
        str(same_words(each)) for each in (reading.text, turn.answer.text, str(turn.messages[-1]["content"]))
    )
    # Where the question has the words of its answer, a server that repeats questions would be right.
    return said == wanted if wanted in asked else wanted in said


def _calls(answer: Answer) -> list[tuple[str, Any]]:
    return [(call.name, dict(call.arguments)) for call in answer.calls]
