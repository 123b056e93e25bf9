"""What must be refused: by which status, and with which body."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.judging.exchange import Exchange, Sent
from conformance.judging.law import InconclusiveError, Laws, NotAskedError, equal, holds
from conformance.judging.server import Server
from conformance.spec.dialogue import text

LAWS = Laws("refusals")


@dataclass(frozen=True)
class Bad:
    """A request that must be refused.

    Attributes:
        statuses: the right ones.
        sent: makes the request.
    """

    statuses: tuple[int, ...]
    sent: Callable[[Server], Sent]


def _changed(**fields: Any) -> Callable[[Server], Sent]:
    """A good question with other fields; None leaves a field out."""

    def sent(server: Server) -> Sent:
        body = {**server.body(text.CAPITAL), **fields}
        return server.api.sent({name: value for name, value in body.items() if value is not None})

    return sent


def _limited(limit: Any) -> Callable[[Server], Sent]:
    """A good question with another limit."""
    return lambda server: _changed(**{server.api.limit_field: limit})(server)


def _asking(messages: Any) -> Callable[[Server], Sent]:
    """A good question with other messages."""
    return lambda server: _changed(**{server.api.messages_field: messages})(server)


def _unknown_model(server: Server) -> Sent:
    return server.api.sent(
        {**server.body(text.CAPITAL), "model": server.address.model + text.UNKNOWN_MODEL_SUFFIX}
    )


def _unknown_path(server: Server) -> Sent:
    return server.api.sent(server.body(text.CAPITAL), path=f"{server.api.path}-that-nobody-has")


def _broken_json(server: Server) -> Sent:
    return server.api.sent(json.dumps(server.body(text.CAPITAL)).encode()[:-1])


def _with_key(key: str) -> Callable[[Server], Sent]:
    return lambda server: server.api.sent(server.body(text.CAPITAL), key=key)


def _overflow(server: Server) -> Sent:
    if server.address.context is None:
        raise NotAskedError("nobody has said how many tokens a conversation may have (--context)")
    return server.api.sent(server.body(text.overflow(server.address.context)))


MALFORMED = (400, 422)
"""422 is what web frameworks send for a body that does not fit; the SDKs read both as a bad request."""

BAD = {
    "unknown_model": Bad((404, 400), _unknown_model),
    "unknown_path": Bad((404,), _unknown_path),
    "wrong_key": Bad((401,), _with_key("wrong")),
    "no_key": Bad((401,), _with_key("none")),
    "negative_max_tokens": Bad(MALFORMED, _limited(text.INVALID_PARAMETER.params["max_tokens"])),
    "temperature_as_text": Bad(MALFORMED, _changed(temperature="hot")),
    "no_messages": Bad(MALFORMED, _asking(None)),
    "an_empty_list_of_messages": Bad(MALFORMED, _asking([])),
    "unknown_role": Bad(MALFORMED, _asking([{"role": "nobody", "content": "Hello"}])),
    "broken_json": Bad(MALFORMED, _broken_json),
    "overflow": Bad((400, 413), _overflow),
}


@LAWS.law(cases=BAD)
def a_bad_request_is_refused(server: Server, bad: Bad) -> None:
    """What cannot be answered is refused, by a status that tells the client why."""
    _is_refused(server.send(bad.sent(server)), bad)
    _answers_good_questions(server)


@LAWS.law(cases=BAD)
def a_refusal_has_an_error_body(server: Server, bad: Bad) -> None:
    """The body of an error is JSON in the form of the provider's errors, with a message."""
    refusal = _refusal(server.send(bad.sent(server)))
    equal(refusal.content_type, "application/json")
    faults = server.api.error_faults(refusal)
    holds(not faults, "; ".join(faults), f"the body of {server.api.provider}'s errors")
    _answers_good_questions(server)


@LAWS.law(
    cases={name: BAD[name] for name in ("negative_max_tokens", "unknown_model", "wrong_key", "overflow")}
)
def a_stream_is_refused_before_it_begins(server: Server, bad: Bad) -> None:
    """A stream that cannot begin is an error with its status, and not an error inside a stream."""
    sent = bad.sent(server)
    streaming = {**json.loads(sent.body), "stream": True}
    exchange = server.send(replace(sent, body=json.dumps(streaming, ensure_ascii=False).encode()))
    _is_refused(exchange, bad)
    holds(exchange.content_type != "text/event-stream", exchange.content_type, "application/json")
    _answers_good_questions(server)


@LAWS.law()
def the_server_answers_after_refusals(server: Server) -> None:
    """A good question is answered after all that was refused."""
    for bad in (BAD["broken_json"], BAD["negative_max_tokens"]):
        server.send(bad.sent(server), again=1)
    # No other law asks this for the third time, so the answer is none from before.
    server.whole(text.CAPITAL, again=2)


def _is_refused(exchange: Exchange, bad: Bad) -> None:
    right = " or ".join(f"status {each}" for each in bad.statuses)
    holds(exchange.status in bad.statuses, f"status {exchange.status}", right)


def _answers_good_questions(server: Server) -> None:
    """A server that refuses everything has refused nothing because it is bad."""
    server.whole(text.CAPITAL)


def _refusal(exchange: Exchange) -> Exchange:
    if exchange.status is not None and exchange.status < 400:
        raise InconclusiveError(f"nothing was refused: status {exchange.status}")
    return exchange
