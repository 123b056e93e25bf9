"""Servers whose answers are right and whose whole bodies, ids or errors are wrong."""

from __future__ import annotations

from typing_extensions import override

from conformance.servers.scripted import Request, Script, reply
from conformance.servers.scripted.dialects import ErrorKind
from conformance.spec.dialogue import Call
from tests.judging.right_server import WIRE, Body, Spoken
from tests.judging.wrong_servers import WrongServer


class ErrorsAreWebPages(WrongServer):
    """Every error has its right status, and a web page as its body."""

    broken = frozenset({"refusals/a_refusal_has_an_error_body"})

    @override
    def error(self, kind: ErrorKind) -> Script:
        status = WIRE.error(kind).status
        return reply(b"<html><h1>Error</h1></html>", status, {"content-type": "text/html"})


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


class CreatedInMilliseconds(WrongServer):
    """The field `created` counts milliseconds."""

    broken = frozenset({"answer/an_answer_was_created_now"})

    @override
    def envelope(self, kind: str) -> Body:
        envelope = super().envelope(kind)
        return {**envelope, "created": envelope["created"] * 1000}


class NumbersInQuotes(WrongServer):
    """The counts of the usage are texts."""

    broken = frozenset(
        {
            "answer/an_answer_has_its_fields",
            "answer/total_tokens_are_the_sum",
            "stream/events_have_their_fields",
            "usage/a_longer_answer_has_more_tokens",
            "usage/a_longer_question_has_more_tokens",
            "usage/a_stream_counts_its_tokens",
            "usage/a_whole_answer_counts_its_tokens",
        }
    )

    @override
    def usage(self, body: Body, answers: list[Spoken]) -> Body:
        return {name: str(number) for name, number in super().usage(body, answers).items()}


class EveryCallHasTheSameId(WrongServer):
    """The id of every call is `call_0`."""

    broken = frozenset({"tools/a_call_has_an_id", "tools/two_calls_are_made_at_once"})

    @override
    def call(self, call: Call) -> Body:
        return {**super().call(call), "id": "call_0"}


class NotSentAsJson(WrongServer):
    """A whole answer has the content type of plain text."""

    broken = frozenset({"answer/an_answer_is_json"})

    @override
    def whole(self, body: Body) -> Script:
        return reply(body, headers={"content-type": "text/plain"})


class ChoicesCountedFromOne(WrongServer):
    """The first choice has the index 1."""

    broken = frozenset(
        {
            "answer/an_answer_has_one_choice",
            "options/an_answer_has_as_many_choices_as_were_asked_for",
        }
    )

    @override
    def completion(self, body: Body, answers: list[Spoken]) -> Body:
        whole = super().completion(body, answers)
        return {**whole, "choices": [{**each, "index": each["index"] + 1} for each in whole["choices"]]}


class EveryAnswerHasTheSameId(WrongServer):
    """The id of every answer is `chatcmpl-0`."""

    broken = frozenset({"answer/every_answer_has_its_own_id", "stream/every_stream_has_its_own_id"})

    @override
    def envelope(self, kind: str) -> Body:
        return {**super().envelope(kind), "id": "chatcmpl-0"}


class AnotherListOfModels(WrongServer):
    """The list of models does not have the model that answers."""

    broken = frozenset({"answer/the_list_of_models_names_the_model"})

    @override
    def model(self) -> Body:
        return {**super().model(), "id": "somebody-elses"}


class SulksAfterTwoBadBodies(WrongServer):
    """The second body that is no JSON ends the server's service."""

    broken = frozenset({"refusals/the_server_answers_after_refusals"})

    def __init__(self) -> None:
        super().__init__()
        self._bad = 0

    @override
    def refused(self, request: Request) -> ErrorKind | None:
        kind = super().refused(request)
        self._bad += request.body.endswith(b'"temperature": 0')
        return "server" if self._bad > 1 else kind
