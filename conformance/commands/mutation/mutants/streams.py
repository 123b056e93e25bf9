"""Mutants of the stream: its deltas, its timing, its response and its connection."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any

from typing_extensions import override

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import answer, deltas, joined_deltas, method, stream_class
from conformance.commands.mutation.wrapping import LEFT_OPEN, restreamed
from provider.response import LLMResponse, LLMStream

Deltas = Iterator[str]


@mutant("stream/joined_deltas_are_the_invoked_answer", deltas)
def drops_the_last_delta(arriving: Deltas) -> Iterator[str]:
    """The joined deltas are the whole text."""
    held = next(arriving, None)
    for delta in arriving:
        yield held or ""
        held = delta


@mutant("stream/joined_deltas_are_the_invoked_answer", joined_deltas)
def drops_the_last_delta_from_the_response_too(arriving: Deltas) -> list[str]:
    """A stream has the text that invoke returns."""
    return list(arriving)[:-1]


@mutant("stream/joined_deltas_are_the_invoked_answer", joined_deltas)
def yields_the_first_delta_twice(arriving: Deltas) -> list[str]:
    """No delta comes twice."""
    arrived = list(arriving)
    return [*arrived[:1], *arrived]


@mutant("stream/joined_deltas_are_the_invoked_answer", joined_deltas)
def yields_the_deltas_in_reverse(arriving: Deltas) -> list[str]:
    """The deltas come in the order in which the model wrote them."""
    return list(arriving)[::-1]


@mutant("stream/joined_deltas_are_the_invoked_answer", joined_deltas)
def strips_every_delta(arriving: Deltas) -> list[str]:
    """The white space between two deltas belongs to the text."""
    return [text for delta in arriving if (text := delta.strip())]


@mutant("derived_streams/the_splitting_of_a_stream_does_not_change_its_answer", joined_deltas)
def breaks_characters(arriving: Deltas) -> list[str]:
    """A character split between two reads is whole in the text."""
    return [delta.encode("ascii", "replace").decode("ascii") for delta in arriving]


@mutant("stream/joined_deltas_are_the_invoked_answer", deltas)
def yields_empty_deltas(arriving: Deltas) -> Iterator[str]:
    """A delta is not empty."""
    return chain([""], arriving)


@mutant("stream/joined_deltas_are_the_invoked_answer", deltas)
def yields_none(arriving: Deltas) -> Iterator[Any]:
    """A delta is a string, even if an event of the server has no text."""
    return chain(arriving, [None])


@mutant("stream/the_first_delta_does_not_wait_for_the_last", deltas)
def collects_before_it_yields(arriving: Deltas) -> list[str]:
    """A delta is yielded before the server has sent the rest."""
    return list(arriving)


@mutant("stream/deltas_come_in_pieces", deltas)
def yields_all_at_once(arriving: Deltas) -> list[str]:
    """A stream of several tokens has several deltas."""
    whole = "".join(arriving)
    return [whole] if whole else []


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


@mutant("stream/joined_deltas_are_the_invoked_answer", answer, only="stream")
def ends_in_an_empty_response(response: LLMResponse) -> None:
    """The response of a finished stream has the whole text."""
    response.content = ""


@mutant("stream/joined_deltas_are_the_invoked_answer", answer, only="stream")
def streams_without_usage(response: LLMResponse) -> None:
    """A stream counts the tokens that invoke counts."""
    response.prompt_tokens = response.cached_prompt_tokens = 0


@mutant("usage/token_counts_are_the_providers", method, name="stream")
def counts_deltas_for_tokens(_: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """The tokens of a stream are the provider's count, not the number of deltas."""
    yielded: list[str] = []

    def deltas(arriving: Deltas) -> Iterator[str]:
        for delta in arriving:
            yielded.append(delta)
            yield delta

    def response(whole: LLMResponse) -> LLMResponse:
        whole.completion_tokens = len(yielded)
        return whole

    return restreamed(stream(*question, **options), deltas, response)


@mutant("tools/call", answer, only="stream")
def streams_without_calls(response: LLMResponse) -> None:
    """A stream has the calls that invoke returns."""
    response.tool_calls = []


@mutant("invoke/max_tokens", answer, only="stream")
def streams_to_a_stop(response: LLMResponse) -> None:
    """A stream has the finish reason that invoke returns."""
    response.finish_reason = "stop"


@mutant("reasoning/thoughts_are_not_the_answer", answer, only="stream")
def streams_without_reasoning(response: LLMResponse) -> None:
    """A stream has the reasoning that invoke returns."""
    response.reasoning = ""


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
