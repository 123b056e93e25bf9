"""Servers that answer what they must refuse, or whose answers have a wrong status, role, ending or coding."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace

from typing_extensions import override

from conformance.servers.scripted import Request, Script, reply, stream
from conformance.servers.scripted.dialects import ErrorKind
from conformance.servers.scripted.dialects.dialect import compact
from tests.judging.right_server import MODEL, WIRE, Body, Spoken
from tests.judging.wrong_servers import WrongServer

REFUSED = frozenset({"refusals/a_bad_request_is_refused", "refusals/a_stream_is_refused_before_it_begins"})


class EveryModelIsKnown(WrongServer):
    """A model that does not exist is answered."""

    broken = REFUSED

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        body = request.body.replace(f"{MODEL}-".encode(), f"{MODEL}_".encode())
        return super().refused(replace(request, body=body))


class EveryPathIsKnown(WrongServer):
    """Any path is answered as if it were the right one."""

    broken = frozenset({"refusals/a_bad_request_is_refused"})

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        posted = request.method == "POST"
        return super().refused(replace(request, path="/v1/chat/completions") if posted else request)


class BadParametersAreIgnored(WrongServer):
    """A parameter out of its range, or of a wrong type, is ignored."""

    broken = REFUSED

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        body = request.body.replace(b'"hot"', b"0").replace(b'"max_tokens": -', b'"max_tokens": 1')
        return super().refused(replace(request, body=body))


class TooLongConversationsAreCut(WrongServer):
    """A conversation that is longer than the context is answered, without its beginning."""

    broken = REFUSED

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        kind = super().refused(request)
        return None if kind == "context_limit" else kind

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        return (
            Spoken("I see.") if super().refused(request) == "context_limit" else super().answer(request, body)
        )


class Created201(WrongServer):
    """Whole answers have the status 201."""

    broken = frozenset({"answer/an_answer_has_the_status_200"})

    @override
    def whole(self, body: Body) -> Script:
        return reply(body, 201)


class TheAssistantIsAUser(WrongServer):
    """The role of a whole answer is `user`."""

    broken = frozenset({"answer/an_answer_has_its_fields", "answer/an_answer_has_one_choice"})

    @override
    def message(self, spoken: Spoken) -> Body:
        return {**super().message(spoken), "role": "user"}


class ArgumentsAreObjects(WrongServer):
    """The arguments of a call in a whole answer are an object, and no text."""

    broken = frozenset(
        {
            "answer/an_answer_has_its_fields",
            "equality/a_streamed_call_is_the_whole_one",
            "equality/streamed_parallel_calls_are_the_whole_ones",
            "tools/a_tool_is_called_where_one_must_be",
            "tools/arguments_fit_their_schema",
            "tools/the_right_call_is_made",
            "tools/two_calls_are_made_at_once",
        }
    )

    @override
    def completion(self, body: Body, answers: list[Spoken]) -> Body:
        whole = super().completion(body, answers)
        for choice in whole["choices"]:
            for call in choice["message"].get("tool_calls", ()):
                call["function"]["arguments"] = dict(answers[0].calls[0].arguments)
        return whole


class AlwaysEndsWithStop(WrongServer):
    """The finish reason is `stop`, also of what was cut and of calls."""

    broken = frozenset(
        {
            "limits/max_tokens_cuts_a_stream",
            "limits/max_tokens_cuts_an_answer",
            "options/max_completion_tokens_cuts_an_answer",
            "tools/an_answer_with_calls_says_so",
        }
    )

    @override
    def ending(self, body: Body, spoken: Spoken, said: list[str], *, last: bool = True) -> Body:
        return super().ending(body, replace(spoken, reason="stop"), said, last=last)


class AStreamIsCutEarlier(WrongServer):
    """At `max_tokens` a stream has one token less than a whole answer."""

    broken = frozenset({"equality/a_cut_stream_is_the_whole_cut_answer"})

    @override
    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        limit = body.get("max_tokens", 0)
        shorter = {**body, "max_tokens": limit - 1} if body.get("stream") and limit > 1 else body
        return super().limited(shorter, spoken)


class EveryChunkHasItsTime(WrongServer):
    """The field `created` of a stream goes on with its chunks."""

    broken = frozenset({"stream/chunks_share"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        return super().streamed([{**each, "created": each["created"] + n} for n, each in enumerate(chunks)])


class RefusalsInsideStreams(WrongServer):
    """A stream that is refused begins with the status 200, and its only event is the error."""

    broken = frozenset({"refusals/a_stream_is_refused_before_it_begins"})

    @override
    def __call__(self, request: Request) -> Script:
        kind = self.refused(request)
        if kind is None or b'"stream": true' not in request.body:
            return super().__call__(request)
        return stream([f"data: {compact(WIRE.error(kind).body)}\n\n".encode(), b"data: [DONE]\n\n"])


class Compressed(WrongServer):
    """A whole answer is compressed, although the request says that it must not be."""

    broken = frozenset({"answer/an_answer_is_not_compressed"})

    @override
    def whole(self, body: Body) -> Script:
        return reply(gzip.compress(compact(body).encode()), headers={"content-encoding": "gzip"})


class DoneTwice(WrongServer):
    """A stream has [DONE] twice."""

    broken = frozenset({"stream/a_stream_ends_with_done"})

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        done = b"data: [DONE]\n\n"
        return stream([*(f"data: {compact(each)}\n\n".encode() for each in chunks), done, done])


class TheEndComesBeforeTheText(WrongServer):
    """The finish reason is in the chunk before the last text."""

    broken = frozenset({"stream/a_stream_says_once_why_it_ended"})

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        *others, last, end = super().deltas(body, index, spoken)
        yield from [*others, end, last]


class CallsWithoutAType(WrongServer):
    """A call in a whole answer has no type."""

    broken = frozenset({"answer/an_answer_has_its_fields"})

    @override
    def message(self, spoken: Spoken) -> Body:
        message = super().message(spoken)
        for call in message.get("tool_calls", ()):
            del call["type"]
        return message


class AStoppedAnswerWasCut(WrongServer):
    """The finish reason of an answer that a stop sequence ended is `length`."""

    broken = frozenset({"limits/a_stop_sequence_ends_a_stream", "limits/a_stop_sequence_ends_an_answer"})

    @override
    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        limited = super().limited(body, spoken)
        return replace(limited, reason="length") if body.get("stop") else limited


class BothChoicesAreTheFirst(WrongServer):
    """With `n` 2 both choices of a stream have the index 0."""

    broken = frozenset({"options/a_stream_has_as_many_choices_as_were_asked_for"})

    @override
    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        return super().deltas(body, 0, spoken)


class TheUsageHasNoTotal(WrongServer):
    """The usage has no `total_tokens`."""

    broken = frozenset(
        {
            "answer/an_answer_has_its_fields",
            "answer/total_tokens_are_the_sum",
            "stream/events_have_their_fields",
        }
    )

    @override
    def usage(self, body: Body, answers: list[Spoken]) -> Body:
        usage = super().usage(body, answers)
        del usage["total_tokens"]
        return usage


class StreamedJsonIsFenced(WrongServer):
    """With a response format the JSON of a stream is in a fence of Markdown."""

    broken = frozenset(
        {
            "equality/a_streamed_object_is_the_whole_one",
            "options/an_answer_fits_its_schema",
            "options/an_answer_is_an_object",
        }
    )

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        spoken = super().answer(request, body)
        fenced = body.get("response_format") and body.get("stream")
        return replace(spoken, text=f"```json\n{spoken.text}\n```") if fenced else spoken
