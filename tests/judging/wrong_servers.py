"""Servers that are wrong in one thing each; a class is what is wrong with it, in words.

Scripts, and shown as such. Each names the laws that it breaks, and no other law may be broken by it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from typing_extensions import override

from conformance.servers.scripted import Request, Script
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
        stream = re.search(rb'"stream": ?true', request.body) is not None
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
    """`max_tokens` is accepted and ignored, and what replaced it too."""

    broken = frozenset(
        {
            "limits/max_tokens_cuts_a_stream",
            "limits/max_tokens_cuts_an_answer",
            "options/max_completion_tokens_cuts_an_answer",
        }
    )

    @override
    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        return super().limited({"stop": body.get("stop", [])}, spoken)


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


class PartsAreNotRead(WrongServer):
    """Content that is a list of parts is taken for none."""

    broken = frozenset({"answers/text_may_be_sent_in_parts"})

    @override
    def turn(self, request: Request, body: Body) -> Turn:
        turn = super().turn(request, body)
        is_text = isinstance(body["messages"][-1]["content"], str)
        return turn if is_text else replace(turn, answer=Answer("How can I help you?"))


class StopSequencesAreSent(WrongServer):
    """An answer ends behind a stop sequence, and not before it."""

    broken = frozenset(
        {
            "limits/a_stop_sequence_ends_a_stream",
            "limits/a_stop_sequence_ends_an_answer",
            "limits/a_stop_sequence_of_several_tokens_is_held_back",
        }
    )

    @override
    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        limited = super().limited(body, spoken)
        return replace(limited, text=limited.text + "".join(body.get("stop", [])))


class LogprobsAreIgnored(WrongServer):
    """`logprobs` is accepted and ignored."""

    broken = frozenset(
        {
            "options/a_token_has_as_many_alternatives_as_were_asked_for",
            "options/tokens_have_their_probabilities",
        }
    )

    @override
    def ending(self, body: Body, spoken: Spoken, said: list[str], *, last: bool = True) -> Body:
        return super().ending({**body, "logprobs": False}, spoken, said, last=last)


class ToolChoicesAreIgnored(WrongServer):
    """`tool_choice` is accepted and ignored."""

    broken = frozenset(
        {
            "tools/a_tool_is_called_where_one_must_be",
            "tools/no_tool_is_called_where_none_may_be",
        }
    )

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        if body.get("tool_choice") == "required":
            return Spoken("Paris")
        return super().answer(request, {**body, "tool_choice": None})
