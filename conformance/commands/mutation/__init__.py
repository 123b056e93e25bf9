"""Mutants: deliberately wrong backends, which test the suite itself.

A mutant makes a faulty class of a correct one, with one small fault between caller and backend. It works on
any backend, so that a new one can be shown to have every law checked::

    python -m conformance mutants --backend mine@engine
"""

from conformance.commands.mutation.mutant import Mutant
from conformance.commands.mutation.mutants import (
    answers,
    asynchronous,
    calls,
    errors,
    lifecycle,
    messages,
    options,
    sending,
    strangers,
    streams,
)

_THEMES = (answers, streams, calls, messages, options, sending, errors, lifecycle, strangers, asynchronous)

MUTANTS: tuple[Mutant, ...] = tuple(
    each for theme in _THEMES for each in (*theme.MUTANTS, *vars(theme).values()) if isinstance(each, Mutant)
)
"""Every mutant, by theme."""

__all__ = ["MUTANTS", "Mutant"]
