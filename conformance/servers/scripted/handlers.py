"""The usual ways to choose a script for a request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script

Handler = Callable[[Request], Script]
"""Chooses the script for a request; called on several threads at once."""


class ScriptExhaustedError(Exception):
    """More requests came than there are scripts."""


class UnknownContentError(Exception):
    """A request asks no turn of the dialogue."""


def always(script: Script) -> Handler:
    """Every request gets the same script."""
    return lambda _: script


def in_order(scripts: Sequence[Script]) -> Handler:
    """The first request gets the first script, and so on; a further request is an error."""
    rest = deque(scripts)

    def handler(request: Request) -> Script:
        try:
            return rest.popleft()
        except IndexError:
            raise ScriptExhaustedError(
                f"the script is exhausted: {request.method} {request.path} came after {len(scripts)} requests"
            ) from None

    return handler
