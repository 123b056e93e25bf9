"""What ends an answer early: the limit of its tokens, and stop sequences."""

from __future__ import annotations

from typing import Any

from conformance.judging.law import InconclusiveError, Laws, equal, holds
from conformance.judging.server import Server
from conformance.spec.dialogue import text

LAWS = Laws("limits")

LIMITS = {str(limit): limit for limit in (1, 4, 9)}


@LAWS.law(cases=LIMITS)
def max_tokens_cuts_an_answer(server: Server, limit: int) -> None:
    """An answer has at most ``max_tokens`` tokens, and its finish reason says that it was cut."""
    whole = server.whole(text.COUNT, max_tokens=limit)
    equal(whole.finish, server.api.endings["length"])
    holds(len(whole.text) < len(text.COUNT.answer.text), repr(whole.text), "a text that was cut")
    holds(
        (whole.completion_tokens or limit) <= limit, f"{whole.completion_tokens} tokens", f"at most {limit}"
    )


@LAWS.law(cases=LIMITS)
def max_tokens_cuts_a_stream(server: Server, limit: int) -> None:
    """A streamed answer has at most ``max_tokens`` tokens, and its finish reason says that it was cut."""
    streamed = server.streamed(text.COUNT, max_tokens=limit)
    equal(streamed.finish, server.api.endings["length"])
    holds(len(streamed.text) < len(text.COUNT.answer.text), repr(streamed.text), "a text that was cut")


@LAWS.law()
def an_answer_that_was_not_cut_says_so(server: Server) -> None:
    """The finish reason of a complete answer says that it is complete, whole and streamed."""
    equal(server.whole(text.CAPITAL).finish, server.api.endings["stop"])
    equal(server.streamed(text.CAPITAL).finish, server.api.endings["stop"])


@LAWS.law()
def a_stop_sequence_ends_an_answer(server: Server) -> None:
    """An answer ends before a stop sequence, and its finish reason says that it was stopped."""
    whole = server.whole(text.STOPPED)
    holds("5" not in whole.text, repr(whole.text), "a text that ends before '5'")
    equal(whole.finish, server.api.endings["stop_sequence"])


@LAWS.law()
def a_stop_sequence_ends_a_stream(server: Server) -> None:
    """A streamed answer ends before a stop sequence, and nothing of the sequence is sent."""
    streamed = server.streamed(text.STOPPED)
    holds("5" not in streamed.text, repr(streamed.text), "a text that ends before '5'")
    equal(streamed.finish, server.api.endings["stop_sequence"])


@LAWS.law()
def a_stop_sequence_of_several_tokens_is_held_back(server: Server) -> None:
    """Nothing of a stop sequence that is longer than a token is sent, not even its beginning."""
    stop: dict[str, Any] = {"stop": [", 5, 6"]}
    if server.streamed(text.COUNT).text.strip() != text.COUNT.answer.text:
        raise InconclusiveError("without the stop sequence the model counts otherwise")
    equal(server.streamed(text.COUNT, **stop).text, "1, 2, 3, 4")
