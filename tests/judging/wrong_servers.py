"""Servers that are wrong in one thing each; a class is what is wrong with it, in words.

Scripts, and shown as such. Each names the laws that it breaks, and no other law may be broken by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from typing_extensions import override

from conformance.servers.scripted import Request, Script, reply, stream
from conformance.servers.scripted.dialects import ErrorKind
from conformance.servers.scripted.dialects.dialect import compact
from conformance.spec.dialogue import Answer, Call, Turn
from tests.judging.right_server import WIRE, Body, RightServer, Spoken


class WrongServer(RightServer):
    """A server that is wrong in one thing."""

    broken: ClassVar[frozenset[str]]
    """The laws that it breaks, without their cases."""


class OneAnswerToEverything(RightServer):
    """A server that answers every question "I am a helpful assistant.", whatever is asked."""

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        return None

    @override
    def __call__(self, request: Request) -> Script:
        stream = request.method == "POST" and b'"stream": true' in request.body
        body: Body = {"messages": [], "stream_options": {"include_usage": True}}
        spoken = [Spoken("I am a helpful assistant.")]
        return (
            self.streamed(self.chunks(body, spoken)) if stream else self.whole(self.completion(body, spoken))
        )


class TheQuestionIsItsAnswer(RightServer):
    """A server that answers every question with the question itself."""

    @override
    def turn(self, request: Request, body: Body) -> Turn:
        return replace(super().turn(request, body), answer=Answer(WIRE.prompt_of(request)))


class EverythingIsRefused(RightServer):
    """A server that refuses whatever it is asked, in OpenAI's form."""

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        return "bad_request"


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
            "limits/a_stop_sequence_of_several_tokens_is_held_back",
            "options/a_stream_has_as_many_choices_as_were_asked_for",
            "options/an_answer_fits_its_schema",
        }
    )

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        deltas = super().deltas(body, index, spoken)
        lost = {2} if len(spoken.tokens) > 1 and not spoken.calls else {}
        return (each for number, each in enumerate(deltas) if number not in lost)


class ArgumentsOfAnotherTool(WrongServer):
    """The arguments of a call do not fit the schema of its tool."""

    broken = frozenset(
        {
            "tools/a_tool_is_called_where_one_must_be",
            "tools/arguments_fit_their_schema",
            "tools/the_right_call_is_made",
            "tools/the_right_call_is_streamed",
            "tools/two_calls_are_made_at_once",
        }
    )

    @override
    def arguments(self, call: Call) -> str:
        return compact({"town": "Paris"}) if call.arguments else "{}"


class AnErrorWithStatus200(WrongServer):
    """Every error has its right body, but the status 200."""

    broken = frozenset({"refusals/a_bad_request_is_refused", "refusals/a_stream_is_refused_before_it_begins"})

    @override
    def error(self, kind: ErrorKind) -> Script:
        return reply(WIRE.error(kind).body)


class EveryKeyIsRight(WrongServer):
    """No key is checked."""

    broken = frozenset({"refusals/a_bad_request_is_refused", "refusals/a_stream_is_refused_before_it_begins"})

    def __init__(self) -> None:
        super().__init__(key=None)


class ErrorsAreWebPages(WrongServer):
    """Every error has its right status, and a web page as its body."""

    broken = frozenset({"refusals/a_refusal_has_an_error_body"})

    @override
    def error(self, kind: ErrorKind) -> Script:
        status = WIRE.error(kind).status
        return reply(b"<html><h1>Error</h1></html>", status, {"content-type": "text/html"})


class SchemasAreIgnored(WrongServer):
    """A `response_format` is accepted and ignored: the model answers in prose."""

    broken = frozenset({"options/a_schema_is_kept_where_the_question_does_not_name_it"}) | frozenset(
        {"options/an_answer_fits_its_schema", "options/an_answer_is_an_object"}
    )

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        spoken = super().answer(request, body)
        return Spoken(f"Here you are: {spoken.text}") if "response_format" in body else spoken


class MaxTokensIsIgnored(WrongServer):
    """`max_tokens` is accepted and ignored."""

    broken = frozenset({"limits/max_tokens_cuts_a_stream", "limits/max_tokens_cuts_an_answer"})

    @override
    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        return super().limited({**body, "max_tokens": None}, spoken)


class OnlyTheLastMessageIsRead(WrongServer):
    """The model is given the last message alone: nothing of the system and of the conversation before."""

    broken = frozenset(
        {"answers/the_streamed_answer_is_right", "answers/the_whole_answer_is_right"}
    ) | frozenset({"tools/the_result_of_a_call_is_read", "tools/two_results_are_read"})

    @override
    def turn(self, request: Request, body: Body) -> Turn:
        turn = super().turn(request, body)
        known = len(turn.messages) == 1
        return turn if known else replace(turn, answer=Answer("I do not know."))


class EveryCallHasTheSameId(WrongServer):
    """The id of every call is `call_0`."""

    broken = frozenset({"tools/a_call_has_an_id", "tools/two_calls_are_made_at_once"})

    @override
    def call(self, call: Call) -> Body:
        return {**super().call(call), "id": "call_0"}


class AlwaysOneChoice(WrongServer):
    """`n` is accepted and ignored."""

    broken = frozenset({"options/a_stream_has_as_many_choices_as_were_asked_for"}) | frozenset(
        {"options/an_answer_has_as_many_choices_as_were_asked_for"}
    )

    @override
    def completion(self, body: Body, answers: list[Spoken]) -> Body:
        return super().completion(body, answers[:1])

    @override
    def chunks(self, body: Body, answers: list[Spoken]) -> list[Body]:
        return super().chunks(body, answers[:1])


class CreatedInMilliseconds(WrongServer):
    """The field `created` counts milliseconds."""

    broken = frozenset({"answer/an_answer_was_created_now"})

    @override
    def envelope(self, kind: str) -> Body:
        envelope = super().envelope(kind)
        return {**envelope, "created": envelope["created"] * 1000}


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


class NumbersInQuotes(WrongServer):
    """The counts of the usage are texts."""

    broken = frozenset(
        {
            "answer/an_answer_has_the_fields_of_the_sdk",
            "answer/an_answer_with_calls_has_the_fields_of_the_sdk",
            "answer/total_tokens_are_the_sum",
            "stream/chunks_have_the_fields_of_the_sdk",
            "stream/chunks_with_calls_have_the_fields_of_the_sdk",
            "usage/a_longer_answer_has_more_tokens",
            "usage/a_longer_question_has_more_tokens",
            "usage/a_stream_counts_its_tokens",
            "usage/a_whole_answer_counts_its_tokens",
        }
    )

    @override
    def usage(self, body: Body, answers: list[Spoken]) -> Body:
        return {name: str(number) for name, number in super().usage(body, answers).items()}
