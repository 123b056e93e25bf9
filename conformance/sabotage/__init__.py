"""Deliberately wrong backends: who tests the suite.

A saboteur gives a wrong class for a right one, with one small fault between the caller and the backend.
It works on any backend, so whoever adds one can see that every law is still watched there::

    python -m conformance sabotage --backend mine@engine
"""

from conformance.sabotage import (
    answers,
    attachments,
    calls,
    errors,
    lifecycle,
    messages,
    options,
    streams,
    usage,
)
from conformance.sabotage.saboteur import Saboteur

_THEMES = (answers, streams, calls, usage, messages, options, attachments, errors, lifecycle)

SABOTEURS: tuple[Saboteur, ...] = tuple(
    each for theme in _THEMES for each in vars(theme).values() if isinstance(each, Saboteur)
)
"""Every saboteur, by theme."""

__all__ = ["SABOTEURS", "Saboteur"]
