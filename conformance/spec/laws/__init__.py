"""The laws that every answer of every backend obeys, as functions that assert them.

Scenarios and the interview call these functions and do not repeat their assertions. Each names the field
that it judges in its ``assert``: from there a report knows which field is wrong.
"""

from conformance.spec.contract import demands
from conformance.spec.laws.answers import (
    answers_turn,
    begins_answer,
    counts_tokens,
    equivalent_answers,
    is_the_answer,
    same_answer,
    unchanged,
)
from conformance.spec.laws.calls import MADE_UP, Calls, calls_are, calls_of, has_calls
from conformance.spec.laws.failures import NotRaisedError, failed_as, fails_as, overflows, refused
from conformance.spec.laws.forms import ErrorInsteadError, has_fields, is_an_answer, well_formed
from conformance.spec.laws.streams import answers_both_ways, ask_both_ways, deltas_are_text, read

__all__ = [
    "MADE_UP",
    "Calls",
    "ErrorInsteadError",
    "NotRaisedError",
    "answers_both_ways",
    "answers_turn",
    "ask_both_ways",
    "begins_answer",
    "calls_are",
    "calls_of",
    "counts_tokens",
    "deltas_are_text",
    "demands",
    "equivalent_answers",
    "failed_as",
    "fails_as",
    "has_calls",
    "has_fields",
    "is_an_answer",
    "is_the_answer",
    "overflows",
    "read",
    "refused",
    "same_answer",
    "unchanged",
    "well_formed",
]
