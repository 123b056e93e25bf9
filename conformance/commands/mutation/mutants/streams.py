"""Mutants of the stream: its deltas, its timing, its response and its connection."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any

from typing_extensions import override

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import answer, deltas, joined_deltas, method, stream_class
from conformance.commands.mutation.wrapping import LEFT_OPEN, restreamed
from provider.response import LLMResponse, LLMStream

MUTANTS = [
    *killed_by(
        "stream/joined_deltas_are_the_invoked_answer",
        drops_the_last_delta_from_the_response_too=joined_deltas(lambda deltas: deltas[:-1]),
        yields_the_first_delta_twice=joined_deltas(lambda deltas: deltas[:1] + deltas),
        yields_the_deltas_in_reverse=joined_deltas(lambda deltas: deltas[::-1]),
        strips_every_delta=joined_deltas(lambda deltas: filter(None, map(str.strip, deltas))),
        yields_empty_deltas=deltas(lambda arriving: chain([""], arriving)),
        yields_none=deltas(lambda arriving: chain(arriving, [None])),
        ends_in_an_empty_response=answer(lambda _: {"content": ""}, only="stream"),
        streams_without_usage=answer(
            lambda _: {"prompt_tokens": 0, "cached_prompt_tokens": 0}, only="stream"
        ),
    ),
    *killed_by(
        "derived_streams/the_splitting_of_a_stream_does_not_change_its_answer",
        breaks_characters=joined_deltas(
            lambda deltas: [delta.encode("ascii", "replace").decode("ascii") for delta in deltas]
        ),
    ),
    *killed_by("stream/the_first_delta_does_not_wait_for_the_last", collects_before_it_yields=deltas(list)),
    *killed_by(
        "stream/deltas_come_in_pieces",
        yields_all_at_once=deltas(lambda arriving: filter(None, ["".join(arriving)])),
    ),
    *killed_by("tools/call", streams_without_calls=answer(lambda _: {"tool_calls": []}, only="stream")),
    *killed_by(
        "invoke/max_tokens", streams_to_a_stop=answer(lambda _: {"finish_reason": "stop"}, only="stream")
    ),
    *killed_by(
        "reasoning/thoughts_are_not_the_answer",
        streams_without_reasoning=answer(lambda _: {"reasoning": ""}, only="stream"),
    ),
]
"""Those of one expression."""


@mutant("stream/joined_deltas_are_the_invoked_answer", deltas)
def drops_the_last_delta(arriving: Iterator[str]) -> Iterator[str]:
    """The joined deltas are the whole text."""
    held = next(arriving, None)
    for delta in arriving:
        yield held or ""
        held = delta


@mutant("stream/nothing_is_sent_before_the_first_iteration", method, name="stream")
def sends_at_the_call(_: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """A stream sends nothing before its first iteration."""
    inner = stream(*question, **options)
    first = [next(inner, "")]
    return restreamed(inner, lambda arriving: filter(None, chain(first, arriving)))


@mutant("stream/an_early_response_is_a_named_error", stream_class)
class exposes_a_partial_response(LLMStream):  # the name of the mutant
    """The response of a stream before its end is an error, not a partial answer."""

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
    @override
    def response(self) -> LLMResponse:
        return self._so_far


@mutant("usage/token_counts_are_the_providers", method, name="stream")
def counts_deltas_for_tokens(_: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """The tokens of a stream are the provider's count, not the number of deltas."""
    yielded: list[str] = []

    def deltas(arriving: Iterator[str]) -> Iterator[str]:
        for delta in arriving:
            yielded.append(delta)
            yield delta

    def response(whole: LLMResponse) -> LLMResponse:
        whole.completion_tokens = len(yielded)
        return whole

    return restreamed(stream(*question, **options), deltas, response)


class _LeftOpen(LLMStream):
    """A stream that stays open whatever happens to it."""

    def __init__(self, inner: LLMStream) -> None:
        LEFT_OPEN.append(inner.close)
        super().__init__(lambda: self._read(inner))

    def _read(self, inner: LLMStream) -> Generator[str, None, LLMResponse]:
        for delta in inner:  # noqa: UP028  # ``yield from`` would close it
            yield delta
        return inner.response


@mutant("stream/closing_a_stream_frees_the_connection", stream_class)
class leaks_when_closed(_LeftOpen):  # the name of the mutant
    """A stream that is closed frees its connection."""


@mutant("stream/an_abandoned_stream_frees_the_connection", stream_class)
class leaks_when_dropped(_LeftOpen):  # the name of the mutant
    """A stream that is dropped frees its connection."""

    def __init__(self, inner: LLMStream) -> None:
        super().__init__(inner)
        self._inner = inner

    @override
    def close(self) -> None:
        super().close()
        self._inner.close()


@mutant("stream/the_end_of_a_with_block_frees_the_connection", stream_class)
class leaks_at_the_end_of_a_block(LLMStream):  # the name of the mutant
    """A stream frees its connection at the end of its ``with`` block."""

    def __init__(self, inner: LLMStream) -> None:
        super().__init__(lambda: restreamed(inner)._deltas)
        LEFT_OPEN.append(self.close)

    @override
    def __exit__(self, *_: object) -> None:
        pass
