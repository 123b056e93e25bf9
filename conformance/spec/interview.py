"""Asks a backend the turns of the dialogue and checks every answer by the laws."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields as dataclass_fields
from types import MappingProxyType
from typing import Any

from conformance.spec import laws
from conformance.spec.contract import absent_in
from conformance.spec.dialogue import Turn, digest, request_of
from provider.base import BaseLLM
from provider.response import LLMResponse


class Interview:
    """The questions of one scenario to one backend.

    Attributes:
        llm: the backend, loaded.
        decoded: every response so far as plain data, for the snapshot; fields that it lacks are left out.
        limits: keyword arguments that limit what an answer costs, sent with every question.
    """

    def __init__(self, llm: BaseLLM, limits: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.llm = llm
        self.limits = limits
        self.decoded: list[dict[str, Any]] = []
        self._asked: list[str] = []

    @property
    def digest(self) -> str:
        """Twelve hex digits over everything asked so far, in order."""
        return digest(self._asked)

    def invoke(self, turn: Turn, **sending: Any) -> LLMResponse:
        """Ask ``turn`` by ``invoke`` and assert the laws of every answer.

        Args:
            turn: what is asked.
            sending: further arguments of the call, e.g. ``timeout``.
        """
        with _untouched(turn) as (messages, request):
            self._asked.append(turn.digest)
            response = self.llm.invoke(messages, **{**self.limits, **request, **sending})
        return self._checked("invoke", turn, response)

    def stream(self, turn: Turn, **sending: Any) -> LLMResponse:
        """Ask ``turn`` by ``stream`` and read it to its end; otherwise like :meth:`invoke`."""
        with _untouched(turn) as (messages, request):
            self._asked.append(turn.digest)
            stream = self.llm.stream(messages, **{**self.limits, **request, **sending})
            deltas = list(stream)
        laws.deltas_are_text(deltas, stream.response)
        return self._checked("stream", turn, stream.response)

    def answers(self, turn: Turn) -> LLMResponse:
        """Ask ``turn`` both ways; both give its answer, and the same one, as far as the prompt forces it."""
        invoked = self.invoke(turn)
        laws.answers_turn(invoked, turn)
        laws.counts_tokens(invoked)
        streamed = self.stream(turn)
        laws.answers_turn(streamed, turn)
        laws.counts_tokens(streamed)
        laws.equivalent_answers(streamed, invoked, turn)
        return invoked

    def _checked(self, how: str, turn: Turn, response: LLMResponse) -> LLMResponse:
        laws.well_formed(response)
        absent = absent_in(response)
        names = [each.name for each in dataclass_fields(response) if each.name not in absent]
        fields = {name: getattr(response, name) for name in names}
        self.decoded.append({"turn": turn.name, "how": how, "response": copy.deepcopy(fields)})
        return response


@contextmanager
def _untouched(turn: Turn) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yields a turn's messages and request, and asserts that nobody has changed them."""
    given = (list(turn.messages), request_of(turn))
    before = copy.deepcopy(given)
    yield given
    laws.unchanged(before, given)
