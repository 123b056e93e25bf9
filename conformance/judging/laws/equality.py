"""A streamed answer is the whole one, where the model is not sampled."""

from __future__ import annotations

from typing import Any

from conformance.judging.law import InconclusiveError, Laws, equal
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, structured, text, tools

LAWS = Laws("equality")

TEXTS = {turn.name: turn for turn in (text.CAPITAL, text.COUNT, text.ACCENTS, text.CHINESE, text.EMOJI)}
CALLS = {turn.name: turn for turn in (tools.ONE_CALL, tools.NO_ARGUMENTS, tools.NESTED_ARGUMENTS)}


@LAWS.law(cases=TEXTS)
def a_streamed_text_is_the_whole_one(server: Server, turn: Turn) -> None:
    """At temperature 0 a stream has the text and the ending of the whole answer."""
    _same(server, turn)


@LAWS.law(cases={str(limit): limit for limit in (1, 4, 9)})
def a_cut_stream_is_the_whole_cut_answer(server: Server, limit: int) -> None:
    """At temperature 0 an answer that ``max_tokens`` cuts is cut at the same place as a stream."""
    _same(server, text.COUNT, max_tokens=limit)


@LAWS.law()
def a_stopped_stream_is_the_whole_stopped_answer(server: Server) -> None:
    """At temperature 0 a stop sequence ends a stream where it ends the whole answer."""
    _same(server, text.STOPPED)


@LAWS.law("tools", cases=CALLS)
def a_streamed_call_is_the_whole_one(server: Server, turn: Turn) -> None:
    """At temperature 0 the fragments of a streamed call make the call of the whole answer."""
    _same(server, turn)


@LAWS.law("parallel_tools")
def streamed_parallel_calls_are_the_whole_ones(server: Server) -> None:
    """At temperature 0 the fragments of two streamed calls make those of the whole answer, in their order."""
    _same(server, tools.PARALLEL)


def _same(server: Server, turn: Turn, **params: Any) -> None:
    whole = server.whole(turn, **params)
    streamed = server.streamed(turn, **params)
    if streamed.said == whole.said:
        return
    # A server that batches requests may round differently each time, and so write something else.
    if server.whole(turn, again=1, **params).said != whole.said:
        raise InconclusiveError("asked twice at temperature 0, the server gives two different whole answers")
    equal(streamed.said, whole.said)


@LAWS.law("json_schema")
def a_streamed_object_is_the_whole_one(server: Server) -> None:
    """At temperature 0 the JSON of a schema is the same as a stream."""
    _same(server, structured.PERSON)
