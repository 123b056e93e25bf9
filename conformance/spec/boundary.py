"""What passes between a scenario and the backend that it asks: answers of exact types, and errors."""

from __future__ import annotations

import functools
import signal
import unittest
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from traceback import walk_tb
from typing import Any, Self

from typing_extensions import override

from conformance.spec.contract import NotJudgedError
from conformance.spec.exact import exact
from conformance.spec.strangers import HeardResponse
from provider.base import BaseLLM
from provider.errors import LLMProviderError
from provider.response import LLMResponse, LLMStream

_METHODS = ("load", "unload", "invoke", "stream", "chat_with_tools")


class NotAnErrorError(RuntimeError):
    """A backend raised what ends a process, a run, a scenario or a generator, such as SystemExit."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__(f"the backend raised {type(raised).__name__}, which is no error: {raised}")


class HeardStream(LLMStream):
    """A stream of a backend, with deltas and a response of exact types."""

    def __init__(self, own: LLMStream) -> None:
        self._own = own
        self._heard: tuple[LLMResponse, LLMResponse] | None = None

    @override
    def __next__(self) -> str:
        with ERRORS_ONLY:
            delta: str = exact(next(self._own))
        return delta

    @property
    @override
    def response(self) -> LLMResponse:
        with ERRORS_ONLY:
            response = self._own.response
        # A law knows a response by its identity.
        if self._heard is None or self._heard[0] is not response:
            self._heard = response, _heard(response)
        return self._heard[1]

    @override
    def close(self) -> None:
        with ERRORS_ONLY:
            self._own.close()

    @override
    def __enter__(self) -> Self:
        with ERRORS_ONLY:
            self._own.__enter__()
        return self

    @override
    def __exit__(self, *raised: object) -> None:
        with ERRORS_ONLY:
            self._own.__exit__(*raised)


def bounded(llm: BaseLLM) -> BaseLLM:
    """``llm`` itself, whose methods return exact types, and raise nothing but errors."""
    for name in _METHODS:
        # Not by setattr, which a class may define; a call of its own method passes here, too.
        vars(llm)[name] = _asked(getattr(llm, name))
    return llm


_SUITE = Path(__file__).parents[1]

_SKIPS = (NotJudgedError, unittest.SkipTest)
"""The errors that leave a scenario out, which only the suite may do."""


class _ErrorsOnly:
    """Raises errors as they are, and a :class:`NotAnErrorError` in place of any other exception.

    What skips a scenario is an error too, unless the suite itself has raised it.
    """

    def __enter__(self) -> None:
        """Nothing is held."""

    def __exit__(self, _: object, raised: BaseException | None, __: object) -> None:
        if isinstance(raised, LLMProviderError):
            raised.kind, raised.message = exact(raised.kind), exact(raised.message)
        if raised is None or (isinstance(raised, Exception) and not isinstance(raised, _SKIPS)):
            return
        if _is_of_suite(raised):
            return
        # Where Ctrl-C can interrupt, it is that of whoever runs the suite.
        if isinstance(raised, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            return
        raise NotAnErrorError(raised) from raised


def _is_of_suite(raised: BaseException) -> bool:
    """Whether the suite raised it itself; ``pytest.skip`` raises for whoever calls it."""
    frames = [frame for frame, _ in walk_tb(raised.__traceback__)]
    own = [each for each in frames if not each.f_globals.get("__name__", "").startswith("_pytest.")]
    return bool(own) and Path(own[-1].f_code.co_filename).is_relative_to(_SUITE)


ERRORS_ONLY = _ErrorsOnly()
"""Around what a backend does: what it raises is an error, and ends nothing but the scenario."""


def _asked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def ask(*args: Any, **kwargs: Any) -> Any:
        with ERRORS_ONLY:
            return _heard(method(*args, **kwargs))

    return ask


def _heard(answer: Any) -> Any:
    if isinstance(answer, LLMStream):
        return HeardStream(answer)
    if isinstance(answer, HeardResponse) or not isinstance(answer, LLMResponse):
        return answer
    if type(answer) is not LLMResponse:
        return HeardResponse(answer, content=answer.content, tool_calls=answer.tool_calls, error=answer.error)
    for each in fields(answer):
        # What a provider wants back may be anything: only its backend reads it.
        if each.name != "provider_state":
            setattr(answer, each.name, exact(getattr(answer, each.name)))
    return answer
