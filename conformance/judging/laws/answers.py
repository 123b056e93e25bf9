"""The answers are right: the server gives the model what it was sent, and gives back what the model wrote."""

from __future__ import annotations

from dataclasses import replace

from conformance.judging.law import Laws, holds
from conformance.judging.reading import Reading, answers
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, text

LAWS = Laws("answers")

TURNS = {
    turn.name: turn
    for turn in (
        text.CAPITAL,
        text.COUNT,
        text.SYSTEM_PROMPT,
        text.OTHER_SYSTEM_PROMPT,
        text.MEMORY,
        text.OTHER_MEMORY,
        text.ACCENTS,
        text.CHINESE,
        text.EMOJI,
        text.QUOTES,
    )
}
"""Questions with one right answer each; of two that differ in one message, only who reads it answers both."""


@LAWS.law(sampled=True, cases=TURNS)
def the_whole_answer_is_right(server: Server, turn: Turn) -> None:
    """A question that forces its answer gets it."""
    _is_right(turn, server.whole(turn))


@LAWS.law(sampled=True, cases=TURNS)
def the_streamed_answer_is_right(server: Server, turn: Turn) -> None:
    """A question that forces its answer gets it as a stream."""
    _is_right(turn, server.streamed(turn))


@LAWS.law(sampled=True)
def text_may_be_sent_in_parts(server: Server) -> None:
    """A message whose content is a list of text parts is read like one whose content is a text."""
    [message] = text.CAPITAL.messages
    parts = [{"type": "text", "text": message["content"]}]
    _is_right(text.CAPITAL, server.whole(replace(text.CAPITAL, messages=[{**message, "content": parts}])))


def _is_right(turn: Turn, reading: Reading) -> None:
    holds(answers(turn, reading), repr(reading.text), repr(turn.answer.text))
