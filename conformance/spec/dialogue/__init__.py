"""The one table of what the suite asks and what a good answer is.

Scenarios ask these turns, the embedded engine is trained on them, and the
scripted server sends their answers, so the three cannot disagree. Every prompt
forces its answer, and the matcher of its turn says how much of it, so that a
large model is judged as fairly as the tiny one.
"""

from conformance.spec.dialogue import structured, text, tools
from conformance.spec.dialogue.turn import Answer, Call, Message, Tool, Turn, digest, request_of

TURNS: tuple[Turn, ...] = (*text.TURNS, *tools.TURNS, *structured.TURNS)
"""Every turn, in the order in which the engine learns them."""

TRAINING_TURNS: tuple[Turn, ...] = tuple(turn for turn in TURNS if turn.trained)
"""The turns the engine's model is trained on."""

__all__ = [
    "TRAINING_TURNS",
    "TURNS",
    "Answer",
    "Call",
    "Message",
    "Tool",
    "Turn",
    "digest",
    "request_of",
    "structured",
    "text",
    "tools",
]
