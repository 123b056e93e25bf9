"""What a whole response of OpenAI's API is made of."""

from __future__ import annotations

from conformance.judging.law import Laws, equal, holds
from conformance.judging.reading import at, items
from conformance.judging.server import Server
from conformance.spec.dialogue import text

LAWS = Laws("answer")

LIMIT = 16
"""Tokens: OpenAI refuses a smaller limit of a response."""


@LAWS.law()
def an_answer_of_text_has_one_message(server: Server) -> None:
    """A whole answer of text alone has one message beside its reasoning."""
    kinds = [at(each, "type") for each in items(server.whole(text.CAPITAL).bodies, 0, "output")]
    equal([each for each in kinds if each != "reasoning"], ["message"])


@LAWS.law()
def total_tokens_are_the_sum(server: Server) -> None:
    """The field ``total_tokens`` is the sum of both counts."""
    usage = at(server.whole(text.CAPITAL).bodies[0], "usage")
    counts = [at(usage, f"{each}_tokens") for each in ("input", "output", "total")]
    whole = all(isinstance(each, int) for each in counts)
    holds(whole and counts[0] + counts[1] == counts[2], f"{usage}", "total_tokens as the sum of both")


@LAWS.law()
def a_truncated_answer_is_incomplete(server: Server) -> None:
    """An answer that ``max_output_tokens`` cuts has the status ``incomplete``, and its details say why."""
    [body] = server.whole(text.LONG, max_tokens=LIMIT).bodies
    equal(at(body, "status"), "incomplete")
    equal(at(body, "incomplete_details", "reason"), server.api.endings["length"])
