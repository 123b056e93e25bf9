"""Deliberately wrong backends: who tests the suite.

A saboteur gives a wrong class for a right one, with one small fault between the caller and the backend.
It works on any backend, so whoever adds one can see that every law is still watched there::

    python -m conformance sabotage --backend mine@engine
"""

from conformance.sabotage import (
    answers,
    attachments,
    calls,
    connections,
    errors,
    failures,
    lifecycle,
    messages,
    options,
    sending,
    streams,
    usage,
)
from conformance.sabotage.saboteur import Saboteur

_THEMES = (
    *(answers, usage, streams, connections, calls),
    *(messages, options, attachments, sending),
    *(errors, failures, lifecycle),
)

SABOTEURS: tuple[Saboteur, ...] = tuple(
    each for theme in _THEMES for each in vars(theme).values() if isinstance(each, Saboteur)
)
"""Every saboteur, by theme."""

__all__ = ["SABOTEURS", "Saboteur"]
