"""What a whole message of Anthropic's API is made of."""

from __future__ import annotations

from conformance.judging.law import Laws, equal, holds
from conformance.judging.message_types import Message
from conformance.judging.reading import at, items, string
from conformance.judging.server import Server
from conformance.judging.shape import shape_of
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("answer")

ANSWERED = {"text": text.CAPITAL, "cut": text.CUT_SHORT}


@LAWS.law()
def an_answer_is_json(server: Server) -> None:
    """A whole answer has the content type ``application/json``."""
    equal(server.whole(text.CAPITAL).exchange.content_type, "application/json")


@LAWS.law(cases=ANSWERED)
def an_answer_has_the_fields_of_a_message(server: Server, turn: Turn) -> None:
    """A whole answer has every field of a message, and none of a wrong type."""
    _fits(server, turn)


@LAWS.law("tools")
def an_answer_with_calls_has_the_fields_of_a_message(server: Server) -> None:
    """A whole answer with calls has every field of a message, and the input of a call is an object."""
    _fits(server, tools.ONE_CALL)


@LAWS.law()
def an_answer_of_text_has_one_block(server: Server) -> None:
    """A whole answer of text alone has one block with all of it."""
    blocks = [at(each, "type") for each in items(server.whole(text.CAPITAL).bodies, 0, "content")]
    equal([each for each in blocks if each != "thinking"], ["text"])


@LAWS.law()
def every_answer_has_its_own_id(server: Server) -> None:
    """Every answer has an id that is not empty and differs from all others."""
    ids = [string(server.whole(text.CAPITAL, again=again).bodies[0], "id") for again in (0, 1)]
    holds(all(ids) and len(set(ids)) == len(ids), f"the ids {ids}", "ids that differ")


@LAWS.law()
def the_stop_sequence_is_named(server: Server) -> None:
    """An answer that a stop sequence ended names it; any other has null there."""
    equal(at(server.whole(text.STOPPED).bodies[0], "stop_sequence"), "5")
    equal(at(server.whole(text.CAPITAL).bodies[0], "stop_sequence"), None)


@LAWS.law()
def a_question_without_max_tokens_is_refused(server: Server) -> None:
    """The parameter ``max_tokens`` is required: a question without it is an error with the status 400."""
    body = server.body(text.CAPITAL)
    exchange = server.send(server.api.sent({name: body[name] for name in body if name != "max_tokens"}))
    holds(exchange.status == 400, f"status {exchange.status}", "status 400")
    faults = server.api.error_faults(exchange)
    holds(not faults, "; ".join(faults), "the body of an error")
    server.whole(text.CAPITAL)


def _fits(server: Server, turn: Turn) -> None:
    shape = shape_of(server.whole(turn).exchange.body, Message)
    server.unknown |= shape.unknown
    holds(not shape.faults, "; ".join(shape.faults), "a message")
