"""Mutants of the stream: its deltas, its timing and its response."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from itertools import chain
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, overriding, restreamed, spoiled, streaming
from provider.response import LLMResponse, LLMStream

Deltas = Iterator[str]


@mutant("stream/joined_deltas_are_the_invoked_answer")
def drops_the_last_delta(right: Backend) -> Backend:
    """The joined deltas are the whole text."""

    def tells(deltas: Deltas) -> Iterator[str]:
        held = next(deltas, None)
        for delta in deltas:
            yield held or ""
            held = delta

    return spoiled(right, tells=tells)


@mutant("stream/joined_deltas_are_the_invoked_answer")
def drops_the_last_delta_from_the_response_too(right: Backend) -> Backend:
    """A stream has the text that invoke returns."""
    return _with_deltas(right, lambda deltas: list(deltas)[:-1])


@mutant("stream/joined_deltas_are_the_invoked_answer")
def yields_the_first_delta_twice(right: Backend) -> Backend:
    """No delta comes twice."""

    def tells(deltas: Deltas) -> list[str]:
        told = list(deltas)
        return [*told[:1], *told]

    return _with_deltas(right, tells)


@mutant("stream/joined_deltas_are_the_invoked_answer")
def yields_the_deltas_in_reverse(right: Backend) -> Backend:
    """The deltas come in the order in which the model wrote them."""
    return _with_deltas(right, lambda deltas: list(deltas)[::-1])


@mutant("stream/joined_deltas_are_the_invoked_answer")
def strips_every_delta(right: Backend) -> Backend:
    """The white space between two deltas belongs to the text."""
    return _with_deltas(right, lambda deltas: [text for delta in deltas if (text := delta.strip())])


@mutant("derived_streams/the_splitting_of_a_stream_does_not_change_its_answer")
def breaks_characters(right: Backend) -> Backend:
    """A character split between two reads is whole in the text."""
    return _with_deltas(
        right,
        lambda deltas: [delta.encode("ascii", "replace").decode("ascii") for delta in deltas],
    )


def _with_deltas(right: Backend, change: Callable[[Deltas], list[str]]) -> Backend:
    """A class whose streams yield other deltas, and end in a response that agrees with them."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        told: list[str] = []

        def tells(deltas: Deltas) -> list[str]:
            told.extend(change(deltas))
            return told

        def response(whole: LLMResponse) -> LLMResponse:
            return changed(whole, content="".join(told))

        return restreamed(right.stream(self, messages, attachments, **options), tells, response)

    return overriding(right, stream=stream)


@mutant("stream/joined_deltas_are_the_invoked_answer")
def yields_empty_deltas(right: Backend) -> Backend:
    """A delta is not empty."""
    return spoiled(right, tells=lambda deltas: chain([""], deltas))


@mutant("stream/joined_deltas_are_the_invoked_answer")
def yields_none(right: Backend) -> Backend:
    """A delta is a string, even if an event of the server has no text."""

    def tells(deltas: Deltas) -> Iterator[Any]:
        yield from deltas
        yield None

    return spoiled(right, tells=tells)


@mutant("stream/the_first_delta_does_not_wait_for_the_last")
def collects_before_it_yields(right: Backend) -> Backend:
    """A delta is yielded before the server has sent the rest."""
    return spoiled(right, tells=lambda deltas: iter(list(deltas)))


@mutant("stream/deltas_come_in_pieces")
def yields_all_at_once(right: Backend) -> Backend:
    """A stream of several tokens has several deltas."""
    return spoiled(right, tells=lambda deltas: filter(None, ["".join(deltas)]))


@mutant("stream/nothing_is_sent_before_the_first_iteration")
def sends_at_the_call(right: Backend) -> Backend:
    """A stream sends nothing before its first iteration."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        inner = right.stream(self, messages, attachments, **options)
        first = [next(inner, "")]
        return restreamed(inner, lambda deltas: filter(None, chain(first, deltas)))

    return overriding(right, stream=stream)


class _Exposed(LLMStream):
    """A stream that has a response before its end."""

    def __init__(self, inner: LLMStream) -> None:
        self._so_far = LLMResponse()
        super().__init__(lambda: self._read(inner))

    def _read(self, inner: LLMStream) -> Generator[str, None, LLMResponse]:
        with contextlib.closing(inner):
            for delta in inner:
                self._so_far.content += delta
                yield delta
            self._so_far = inner.response
        return self._so_far

    @property
    def response(self) -> LLMResponse:
        """The response so far."""
        return self._so_far


@mutant("stream/an_early_response_is_a_named_error")
def exposes_a_partial_response(right: Backend) -> Backend:
    """The response of a stream before its end is an error, not a partial answer."""
    return streaming(right, _Exposed)


@mutant("stream/joined_deltas_are_the_invoked_answer")
def ends_in_an_empty_response(right: Backend) -> Backend:
    """The response of a finished stream has the whole text."""
    return spoiled(right, answers=lambda response: changed(response, content=""), only="stream")


@mutant("stream/joined_deltas_are_the_invoked_answer")
def streams_without_usage(right: Backend) -> Backend:
    """A stream counts the tokens that invoke counts."""
    return spoiled(
        right,
        answers=lambda response: changed(response, prompt_tokens=0, cached_prompt_tokens=0),
        only="stream",
    )


@mutant("usage/token_counts_are_the_providers")
def counts_deltas_for_tokens(right: Backend) -> Backend:
    """The tokens of a stream are the provider's count, not the number of deltas."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        told: list[str] = []

        def tells(deltas: Deltas) -> Iterator[str]:
            for delta in deltas:
                told.append(delta)
                yield delta

        def response(whole: LLMResponse) -> LLMResponse:
            return changed(whole, completion_tokens=len(told))

        return restreamed(right.stream(self, messages, attachments, **options), tells, response)

    return overriding(right, stream=stream)


@mutant("tools/call")
def streams_without_calls(right: Backend) -> Backend:
    """A stream has the calls that invoke returns."""
    return spoiled(right, answers=lambda response: changed(response, tool_calls=[]), only="stream")


@mutant("invoke/max_tokens")
def streams_to_a_stop(right: Backend) -> Backend:
    """A stream has the finish reason that invoke returns."""
    return spoiled(right, answers=lambda response: changed(response, finish_reason="stop"), only="stream")


@mutant("reasoning/thoughts_are_not_the_answer")
def streams_without_reasoning(right: Backend) -> Backend:
    """A stream has the reasoning that invoke returns."""
    return spoiled(right, answers=lambda response: changed(response, reasoning=""), only="stream")
