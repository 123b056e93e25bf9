"""Servers whose whole answers are right and whose streams are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from typing_extensions import override

from conformance.servers.scripted import Head, Script, stream
from conformance.servers.scripted.dialects.dialect import compact
from conformance.spec.dialogue import tools
from tests.judging.right_server import Body, Spoken
from tests.judging.wrong_servers import WrongServer


class StreamWithoutDone(WrongServer):
    """A stream ends without [DONE]."""

    broken = frozenset({"stream/a_stream_ends_with_done"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        return stream([f"data: {compact(each)}\n\n".encode() for each in chunks])


class AnIdForEveryChunk(WrongServer):
    """Every chunk has an id of its own."""

    broken = frozenset({"stream/chunks_share"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        return super().streamed([{**each, "id": f"{each['id']}-{n}"} for n, each in enumerate(chunks)])


class NoFinishReason(WrongServer):
    """A stream never says why it ended."""

    broken = frozenset(
        {
            "equality/a_cut_stream_is_the_whole_cut_answer",
            "equality/a_stopped_stream_is_the_whole_stopped_answer",
            "equality/a_streamed_call_is_the_whole_one",
            "equality/a_streamed_object_is_the_whole_one",
            "equality/a_streamed_text_is_the_whole_one",
            "equality/streamed_parallel_calls_are_the_whole_ones",
            "limits/a_stop_sequence_ends_a_stream",
            "limits/an_answer_that_was_not_cut_says_so",
            "limits/max_tokens_cuts_a_stream",
            "options/a_stream_has_as_many_choices_as_were_asked_for",
            "stream/a_stream_says_once_why_it_ended",
            "tools/an_answer_with_calls_says_so",
        }
    )

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        return ({**each, "finish_reason": None} for each in super().deltas(body, index, spoken))


class NoUsageInTheStream(WrongServer):
    """A stream that was asked for its usage has none."""

    broken = frozenset(
        {
            "stream/the_usage_is_in_a_chunk_of_its_own",
            "usage/a_stream_counts_as_a_whole_answer_does",
            "usage/a_stream_counts_its_tokens",
        }
    )

    @override
    def chunks(self, body: Body, answers: list[Spoken]) -> list[Body]:
        return super().chunks({**body, "stream_options": None}, answers)


class TheStreamLosesAToken(WrongServer):
    """The second token of every stream is lost."""

    broken = frozenset(
        {
            "answers/the_streamed_answer_is_right",
            "equality/a_cut_stream_is_the_whole_cut_answer",
            "equality/a_stopped_stream_is_the_whole_stopped_answer",
            "equality/a_streamed_object_is_the_whole_one",
            "equality/a_streamed_text_is_the_whole_one",
            "options/an_answer_fits_its_schema",
        }
    )

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        deltas = super().deltas(body, index, spoken)
        lost = {2} if len(spoken.tokens) > 1 and not spoken.calls else {}
        return (each for number, each in enumerate(deltas) if number not in lost)


class TheLastEventIsNotEnded(WrongServer):
    """The last event of a stream has no empty line behind it, so that a strict reader drops it."""

    broken = frozenset({"stream/events_are_framed"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        return stream([*(f"data: {compact(each)}\n\n".encode() for each in chunks), b"data: [DONE]\n"])


class TextInLatin1(WrongServer):
    """A stream is not UTF-8."""

    broken = frozenset({"answers/the_streamed_answer_is_right", "stream/events_are_framed"}) | frozenset(
        {"equality/a_streamed_text_is_the_whole_one", "tools/the_right_call_is_streamed"}
    )

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        events = [f"data: {compact(each)}\n\n".encode("latin-1", "replace") for each in chunks]
        return stream([*events, b"data: [DONE]\n\n"])


class StreamsAreCalledJson(WrongServer):
    """A stream has the content type of a whole answer."""

    broken = frozenset({"stream/a_stream_is_an_event_stream"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        head, *rest = super().streamed(chunks)
        assert isinstance(head, Head)
        return [replace(head, headers={**head.headers, "content-type": "application/json"}), *rest]


class NoRole(WrongServer):
    """No delta has a role."""

    broken = frozenset({"stream/the_first_delta_has_the_role"})

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        _, *rest = super().deltas(body, index, spoken)
        yield from rest


class TheUsageComesAlways(WrongServer):
    """Every stream has its usage, asked for or not."""

    broken = frozenset({"stream/the_usage_comes_only_where_it_was_asked_for"})

    @override
    def chunks(self, body: Body, answers: list[Spoken]) -> list[Body]:
        return super().chunks({**body, "stream_options": {"include_usage": True}}, answers)


class EveryFragmentHasAnId(WrongServer):
    """Every fragment of a call has an id of its own."""

    broken = frozenset({"stream/a_call_begins_with_its_id_and_its_name"})

    @override
    def fragment(self, index: int, part: Body) -> Body:
        return super().fragment(index, {**self.call(tools.PARIS), **part, "type": "function"})


class AllCallsHaveTheIndex0(WrongServer):
    """The fragments of two calls cannot be told apart."""

    broken = frozenset(
        {
            "equality/streamed_parallel_calls_are_the_whole_ones",
            "stream/parallel_calls_have_indexes_of_their_own",
            "tools/two_calls_are_made_at_once",
        }
    )

    @override
    def fragment(self, index: int, part: Body) -> Body:
        return super().fragment(index, {**part, "index": 0})
