"""What a whole chat completion is made of."""

from __future__ import annotations

import time

from openai.types import Model
from pydantic import BaseModel

from conformance.judging.exchange import Sent
from conformance.judging.law import Laws, equal, holds
from conformance.judging.reading import at, string
from conformance.judging.server import Server
from conformance.judging.shape import shape_of
from conformance.spec.dialogue import text

LAWS = Laws("answer")

DAY = 86_400
"""Seconds; clocks differ, but by less."""


class ModelList(BaseModel):
    """The list of models; the SDK has a type for its items."""

    object: str
    data: list[Model]


@LAWS.law()
def an_answer_has_one_choice(server: Server) -> None:
    """A whole answer has one choice, with the index 0 and the role ``assistant``."""
    [body] = server.whole(text.CAPITAL).bodies
    choices = [(at(each, "index"), at(each, "message", "role")) for each in at(body, "choices") or []]
    equal(choices, [(0, "assistant")])


@LAWS.law()
def an_answer_was_created_now(server: Server) -> None:
    """The field ``created`` is the time of the answer in whole seconds since 1970."""
    created = at(server.whole(text.CAPITAL).bodies[0], "created")
    now = int(time.time())
    holds(isinstance(created, int) and abs(created - now) < DAY, f"{created!r}", f"about {now}")


@LAWS.law()
def total_tokens_are_the_sum(server: Server) -> None:
    """The field ``total_tokens`` is the sum of both counts."""
    usage = at(server.whole(text.CAPITAL).bodies[0], "usage")
    counts = [at(usage, f"{each}_tokens") for each in ("prompt", "completion", "total")]
    whole = all(isinstance(each, int) for each in counts)
    holds(whole and counts[0] + counts[1] == counts[2], f"{usage}", "total_tokens as the sum of both")


@LAWS.law()
def the_list_of_models_names_the_model(server: Server) -> None:
    """``GET /models`` lists the model that is asked."""
    exchange = server.send(Sent("GET", "/models"))
    faults = shape_of(exchange.body, ModelList).faults
    holds(not faults, "; ".join(faults), "a list of models as the openai SDK types them")
    names = [string(each, "id") for each in exchange.json()["data"]]
    holds(server.address.model in names, f"{names}", f"{server.address.model!r} among them")
    server.whole(text.CAPITAL)
