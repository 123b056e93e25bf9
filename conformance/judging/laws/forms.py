"""The form of an answer, whole and streamed, in either API: its status, its coding, its fields and its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.judging.events import framing_faults
from conformance.judging.law import Capability, Laws, equal, holds
from conformance.judging.server import OK, Server
from conformance.spec.dialogue import Turn, structured, text, tools

ANSWER, STREAM = Laws("answer"), Laws("stream")

BOTH = {"whole": False, "streamed": True}
STREAMED = {turn.name: turn for turn in (text.COUNT, text.ACCENTS, text.CHINESE, text.EMOJI)}


@dataclass(frozen=True)
class Asked:
    """A question whose answer has fields that others do not have.

    Attributes:
        turn: the question.
        params: further parameters of it, with which nothing forces its answer.
    """

    turn: Turn
    params: Mapping[str, Any] = field(default_factory=dict)


def _asked(*turns: Turn) -> dict[str, Asked]:
    return {turn.name: Asked(turn) for turn in turns}


KINDS: Mapping[Capability | None, Mapping[str, Asked]] = {
    None: _asked(text.CAPITAL, text.MEMORY, text.EMOJI, text.CUT_SHORT, text.STOPPED),
    "tools": {
        **_asked(tools.ONE_CALL, tools.NO_ARGUMENTS, tools.RESULT),
        "no_call_allowed": Asked(tools.ONE_CALL, {"tool_choice": "none"}),
    },
    "parallel_tools": _asked(tools.PARALLEL),
    "json_schema": _asked(structured.PERSON),
    "json_object": _asked(structured.ANY_OBJECT),
    "n": {"two_choices": Asked(text.CAPITAL, {"n": 2})},
    "logprobs": {"logprobs": Asked(text.CAPITAL, {"logprobs": True, "top_logprobs": 2})},
}
"""Every kind of answer, by the capability that it needs."""


@ANSWER.law(cases=BOTH)
def an_answer_has_the_status_200(server: Server, stream: bool) -> None:
    """An answer has the status 200, and no other one that means success."""
    equal((server.streamed if stream else server.whole)(text.CAPITAL).exchange.status, OK)


@ANSWER.law(cases=BOTH)
def an_answer_is_not_compressed(server: Server, stream: bool) -> None:
    """An answer is sent as it is where the request accepts no other coding than ``identity``."""
    headers = (server.streamed if stream else server.whole)(text.CAPITAL).exchange.headers
    equal(headers.get("content-encoding", "identity"), "identity")


@ANSWER.law()
def an_answer_is_json(server: Server) -> None:
    """A whole answer has the content type ``application/json``."""
    equal(server.whole(text.CAPITAL).exchange.content_type, "application/json")


def an_answer_has_its_fields(server: Server, asked: Asked) -> None:
    """A whole answer has every field of its type, of the openai SDK or a message, each of the right type."""
    server.whole(asked.turn)
    whole = server.whole(asked.turn, forced=False, **asked.params)
    faults = server.api.whole_shape(whole).faults
    holds(not faults, "; ".join(faults), f"an answer as {server.api.provider} types it")


def events_have_their_fields(server: Server, asked: Asked) -> None:
    """Every event has every field of its type, of the openai SDK or a message, each of the right type."""
    server.streamed(asked.turn)
    streamed = server.streamed(asked.turn, forced=False, **asked.params)
    holds(bool(streamed.events), "no event", "events")
    faults = server.api.stream_shape(streamed).faults
    holds(not faults, "; ".join(faults[:5]), f"events as {server.api.provider} types them")


for _capability, _cases in KINDS.items():
    ANSWER.law(_capability, cases=_cases)(an_answer_has_its_fields)
    STREAM.law(_capability, cases=_cases)(events_have_their_fields)


@ANSWER.law()
def every_answer_has_its_own_id(server: Server) -> None:
    """Every answer has an id that is not empty and differs from all others."""
    ids = [server.whole(text.CAPITAL, again=again).id for again in (0, 1)]
    holds(all(ids) and len(set(ids)) == len(ids), f"the ids {ids}", "ids that differ")


@STREAM.law()
def every_stream_has_its_own_id(server: Server) -> None:
    """Two streams have two ids."""
    ids = [server.streamed(text.COUNT, again=again).id for again in (0, 1)]
    holds(all(ids) and ids[0] != ids[1], f"the ids {ids}", "two ids")


@STREAM.law()
def a_stream_is_an_event_stream(server: Server) -> None:
    """A stream has the content type ``text/event-stream``."""
    equal(server.streamed(text.COUNT).exchange.content_type, "text/event-stream")


@STREAM.law(cases=STREAMED)
def events_are_framed(server: Server, turn: Turn) -> None:
    """Every line is a field or a comment, an empty line ends every event, and all is UTF-8."""
    faults = framing_faults(server.streamed(turn).exchange.body)
    holds(not faults, "; ".join(faults[:3]), "server-sent events")
