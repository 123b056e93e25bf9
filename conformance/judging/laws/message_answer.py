"""What a whole message of Anthropic's API is made of."""

from __future__ import annotations

from conformance.judging.law import Laws, equal, holds
from conformance.judging.reading import at, items
from conformance.judging.server import Server
from conformance.spec.dialogue import text

LAWS = Laws("answer")


@LAWS.law()
def an_answer_of_text_has_one_block(server: Server) -> None:
    """A whole answer of text alone has one block with all of it."""
    blocks = [at(each, "type") for each in items(server.whole(text.CAPITAL).bodies, 0, "content")]
    equal([each for each in blocks if each != "thinking"], ["text"])


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
