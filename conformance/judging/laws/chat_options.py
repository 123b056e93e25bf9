"""What a request may ask of a chat completion: a form, several choices, probabilities."""

from __future__ import annotations

from typing import Any

import jsonschema

from conformance.judging.exchange import parsed
from conformance.judging.law import InconclusiveError, Laws, equal, holds
from conformance.judging.laws.forms import BOTH
from conformance.judging.reading import Reading, at, items, string
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, structured, text

LAWS = Laws("options")

SCHEMAS = {turn.name: turn for turn in (structured.PERSON, structured.CITIES)}
ROUNDED = 1e-6
"""The logarithm of a certainty is 0, but for the rounding of single precision."""

ENOUGH = 200
"""Tokens for an answer that no prompt forces: a model may ramble."""


@LAWS.law("json_schema", sampled=True, cases=SCHEMAS)
def an_answer_fits_its_schema(server: Server, turn: Turn) -> None:
    """With the response format ``json_schema`` the text is JSON that fits the schema, and nothing else."""
    for reading in (server.whole(turn), server.streamed(turn)):
        _fits(server, reading, turn.params["response_format"]["json_schema"]["schema"])


@LAWS.law("json_schema", sampled=True)
def a_schema_is_kept_where_the_question_does_not_name_it(server: Server) -> None:
    """The text fits the schema also where the question says nothing of JSON."""
    schema = structured.schema("answer", capital={"type": "string", "enum": ["Paris", "London"]})
    asked = Turn(
        "capital_as_json", text.CAPITAL.messages, text.CAPITAL.answer, params={"response_format": schema}
    )
    _fits(server, server.whole(asked, forced=False, max_tokens=ENOUGH), schema["json_schema"]["schema"])


@LAWS.law()
def max_completion_tokens_cuts_an_answer(server: Server) -> None:
    """The parameter ``max_completion_tokens``, which replaced ``max_tokens``, cuts an answer as that does."""
    whole = server.whole(text.COUNT, max_completion_tokens=4)
    equal(whole.finish, server.api.endings["length"])
    server.whole(text.CAPITAL)


@LAWS.law("json_object", sampled=True)
def an_answer_is_an_object(server: Server) -> None:
    """With the response format ``json_object`` the text is a JSON object, and nothing else."""
    for reading in (server.whole(structured.ANY_OBJECT), server.streamed(structured.ANY_OBJECT)):
        _fits(server, reading, {"type": "object"})


@LAWS.law("n")
def an_answer_has_as_many_choices_as_were_asked_for(server: Server) -> None:
    """With ``n`` 2 there are two choices, with the indexes 0 and 1, each with a text and a finish reason."""
    whole = server.whole(text.CAPITAL, n=2)
    [body] = whole.bodies
    found = [(at(each, "index"), bool(string(each, "message", "content"))) for each in items(body, "choices")]
    equal(sorted(found, key=str), [(0, True), (1, True)])
    reasons = [at(each, "finish_reason") for each in items(body, "choices")]
    equal(reasons, ["stop", "stop"])


@LAWS.law("n")
def a_stream_has_as_many_choices_as_were_asked_for(server: Server) -> None:
    """With ``n`` 2 a stream has the chunks of two choices, each with its index and one finish reason."""
    server.streamed(text.CAPITAL)
    chunks = server.streamed(text.CAPITAL, n=2, forced=False).bodies
    choices = [choice for chunk in chunks for choice in items(chunk, "choices")]
    texts = {
        index: "".join(string(each, "delta", "content") for each in choices if at(each, "index") == index)
        for index in (0, 1)
    }
    holds(all(texts.values()), f"{texts}", "a text in both choices")
    ended = sorted(str(at(each, "index")) for each in choices if at(each, "finish_reason"))
    equal(ended, ["0", "1"])


@LAWS.law("logprobs", cases=BOTH)
def tokens_have_their_probabilities(server: Server, stream: bool) -> None:
    """With ``logprobs`` every token has its logarithm, and together the tokens are the text."""
    reading = _with_logprobs(server, stream)
    tokens = _tokens(reading)
    holds(bool(tokens), "no logprobs", "an entry a token")
    odd = [each for each in tokens if not _is_logarithm(at(each, "logprob"))]
    holds(not odd, f"{odd[:1]}", "logarithms, none above 0")
    spelled = bytes(
        byte for each in tokens for byte in items(each, "bytes") or string(each, "token").encode()
    )
    holds(spelled.decode("utf-8", "replace") == reading.text, repr(spelled), repr(reading.text))


@LAWS.law("logprobs")
def a_token_has_as_many_alternatives_as_were_asked_for(server: Server) -> None:
    """With ``top_logprobs`` 2 every token has at most two alternatives, the likeliest first."""
    tokens = _tokens(_with_logprobs(server, False))
    holds(bool(tokens), "no logprobs", "an entry a token")
    for each in tokens:
        found = [at(other, "logprob") for other in items(each, "top_logprobs")]
        holds(1 <= len(found) <= 2, f"{len(found)} alternatives", "one or two")
        holds(
            all(map(_is_logarithm, found)) and found == sorted(found, reverse=True),
            f"{found}",
            "the likeliest first",
        )


def _with_logprobs(server: Server, stream: bool) -> Reading:
    asked: dict[str, Any] = {"logprobs": True, "top_logprobs": 2}
    return server.streamed(text.CAPITAL, **asked) if stream else server.whole(text.CAPITAL, **asked)


def _tokens(reading: Reading) -> list[Any]:
    """The entries of the first choice, of one body or of all chunks."""
    return [each for body in reading.bodies for each in items(body, "choices", 0, "logprobs", "content")]


def _is_logarithm(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= ROUNDED


def _fits(server: Server, reading: Reading, schema: dict[str, Any]) -> None:
    if reading.finish == server.api.endings["length"]:
        raise InconclusiveError("the answer was cut before its JSON was complete")
    value = parsed(reading.text)
    faults = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]
    holds(not faults, f"{reading.text!r}: {'; '.join(faults)}", "JSON that fits the schema")
