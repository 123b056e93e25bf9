"""What a whole chat completion is made of."""

from __future__ import annotations

import time

from openai.types import Model
from pydantic import BaseModel

from conformance.judging.exchange import Sent
from conformance.judging.law import Laws, equal, holds
from conformance.judging.laws.chat_shape import is_a_completion
from conformance.judging.reading import at, string
from conformance.judging.server import Server
from conformance.judging.shape import shape_of
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("answer")

DAY = 86_400
"""Seconds; clocks differ, but by less."""

ANSWERED = {turn.name: turn for turn in (text.CAPITAL, text.MEMORY, text.EMOJI, text.CUT_SHORT, text.STOPPED)}


class ModelList(BaseModel):
    """The list of models; the SDK has a type for its items."""

    object: str
    data: list[Model]


@LAWS.law()
def an_answer_is_json(server: Server) -> None:
    """A whole answer has the content type ``application/json``."""
    equal(server.whole(text.CAPITAL).exchange.content_type, "application/json")


@LAWS.law(cases=ANSWERED)
def an_answer_has_the_fields_of_the_sdk(server: Server, turn: Turn) -> None:
    """A whole answer is a ``ChatCompletion`` of the openai SDK: nothing is missing or of a wrong type."""
    is_a_completion(server, server.whole(turn))


@LAWS.law("tools", cases={turn.name: turn for turn in (tools.ONE_CALL, tools.NO_ARGUMENTS, tools.RESULT)})
def an_answer_with_tools_has_the_fields_of_the_sdk(server: Server, turn: Turn) -> None:
    """A whole answer to a question with tools is a ``ChatCompletion`` of the openai SDK."""
    is_a_completion(server, server.whole(turn))


@LAWS.law()
def an_answer_has_one_choice(server: Server) -> None:
    """A whole answer has one choice, with the index 0 and the role ``assistant``."""
    [body] = server.whole(text.CAPITAL).bodies
    choices = [(at(each, "index"), at(each, "message", "role")) for each in at(body, "choices") or []]
    equal(choices, [(0, "assistant")])


@LAWS.law()
def every_answer_has_its_own_id(server: Server) -> None:
    """Every answer has an id that is not empty and differs from all others."""
    ids = [string(server.whole(text.CAPITAL, again=again).bodies[0], "id") for again in (0, 1)]
    holds(all(ids) and len(set(ids)) == len(ids), f"the ids {ids}", "ids that differ")


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
