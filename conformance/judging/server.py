"""The server under judgement, as a law sees it: it can be asked, and remembers what this law asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from conformance.judging.api import Api
from conformance.judging.exchange import Exchange, Sent, fetch
from conformance.judging.law import BrokenError, InconclusiveError, NotAskedError
from conformance.judging.reading import Reading, answers
from conformance.spec.dialogue import Turn

WRONG_KEY = "sk-conformance-wrong-key"
"""A key that no server accepts."""

BUSY = (429, 503, 529)
"""The statuses of a server that has no time now: they prove nothing."""

LONGEST_WAIT = 60.0
"""Seconds that a busy server may demand by Retry-After, once a question."""

OK, MULTIPLE_CHOICES = 200, 300
"""The status of an answer, and the first that does not mean success."""

_CUTTING = {"max_tokens", "max_completion_tokens", "stop"}
"""The parameters that may cut an answer."""

PATIENCE = 3
"""Questions in a row that a server may leave unanswered; then no further one is asked."""


@dataclass(frozen=True)
class Address:
    """Where a server is, and what is known of it.

    Attributes:
        url: its base URL, to which the path of the API is added.
        model: the model that is asked.
        key: its key; None where it needs none.
        key_env: the variable that holds the key, for commands that are shown.
        context: the tokens that a conversation may have; None where nobody knows.
        seconds: how long one answer may take.
        params: parameters of every question.
        renamed: other names for parameters, where the model knows them by others.
    """

    url: str
    model: str
    key: str | None = None
    key_env: str = "API_KEY"
    context: int | None = None
    seconds: float = 60.0
    params: Mapping[str, Any] = field(default_factory=lambda: {"temperature": 0})
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What one law has asked.

    Attributes:
        exchanges: the requests and their answers.
        forced: the questions whose answers must be right, or else the law proves nothing; and whether an
            answer may be only the beginning of the right one, because its tokens were limited.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    forced: list[tuple[Turn, Reading, bool]] = field(default_factory=list)


class Server:
    """A server under judgement; laws that ask the same question share its answer.

    Attributes:
        address: where it is.
        api: the API that it is asked in.
        asked: what the law of the moment has asked.
        unknown: the fields of its answers that the provider's do not have.
    """

    def __init__(self, address: Address, api: Api, http: httpx.Client) -> None:
        self.address = address
        self.api = api
        self.asked = Asked()
        self.unknown: set[str] = set()
        self._http = http
        self._answers: dict[tuple[Sent, int], Exchange] = {}
        self._hung = 0

    def forget(self) -> None:
        """Ask every question anew from here on."""
        self._answers.clear()

    def send(self, sent: Sent, again: int = 0) -> Exchange:
        """The answer to a request; the same one for the same request, unless ``again`` differs.

        Raises:
            InconclusiveError: the server has no time, or has not answered for too long.
        """
        if (sent, again) not in self._answers:
            if self._hung >= PATIENCE:
                raise InconclusiveError(
                    f"the server left {PATIENCE} questions in a row unanswered, and was not asked any more"
                )
            exchange = self._fetch(sent)
            if exchange.status in BUSY and (wait := _wait_of(exchange)) is not None:
                time.sleep(wait)
                exchange = self._fetch(sent)
            self._answers[sent, again] = exchange
            self._hung = self._hung + 1 if exchange.hung else 0
        exchange = self._answers[sent, again]
        if exchange not in self.asked.exchanges:
            self.asked.exchanges.append(exchange)
        if exchange.status in BUSY:
            raise InconclusiveError(f"the server was busy: status {exchange.status}")
        return exchange

    def body(self, turn: Turn, *, stream: bool = False, **params: Any) -> dict[str, Any]:
        """The body that asks ``turn``."""
        chosen = {**self.address.params, **params}
        body = self.api.question(self.address.model, turn, stream=stream, params=chosen)
        return {self.address.renamed.get(name, name): value for name, value in body.items()}

    def whole(self, turn: Turn, *, forced: bool = True, again: int = 0, **params: Any) -> Reading:
        """The whole answer to ``turn``.

        Args:
            turn: what is asked.
            forced: whether the law proves nothing unless this answer is right.
            again: another number asks the same question anew.
            params: parameters of the request.

        Raises:
            BrokenError: it was refused, or did not end.
        """
        whole = self.api.whole(self._answered(self.body(turn, **params), again))
        self.unknown |= self.api.whole_shape(whole).unknown
        return self._note(turn, whole, forced, params)

    def streamed(self, turn: Turn, *, forced: bool = True, again: int = 0, **params: Any) -> Reading:
        """The streamed answer to ``turn``; otherwise like :meth:`whole`."""
        streamed = self.api.streamed(self._answered(self.body(turn, stream=True, **params), again))
        self.unknown |= self.api.stream_shape(streamed).unknown
        return self._note(turn, streamed, forced, params)

    def wrong_answers(self) -> list[tuple[Turn, Reading]]:
        """The answers to the law of the moment that are wrong."""
        return [(turn, each) for turn, each, cut in self.asked.forced if not answers(turn, each, cut=cut)]

    def _answered(self, body: Any, again: int) -> Exchange:
        exchange = self.send(self.api.sent(body), again)
        if exchange.ending:
            raise BrokenError(exchange.ending, "an answer that ends as HTTP demands")
        if exchange.status is None or not OK <= exchange.status < MULTIPLE_CHOICES:
            raise BrokenError(f"status {exchange.status}", f"status {OK}")
        return exchange

    def _note(self, turn: Turn, reading: Reading, forced: bool, params: Mapping[str, Any]) -> Reading:
        if forced:
            self.asked.forced.append(
                (turn, reading, "max_tokens" in turn.params or not _CUTTING.isdisjoint(params))
            )
        return reading

    def _fetch(self, sent: Sent) -> Exchange:
        keys = {"given": self.address.key, "wrong": WRONG_KEY, "none": None}
        key = keys[sent.key]
        if sent.key != "given" and self.address.key is None:
            raise NotAskedError("no key is named (--key-env)")
        secret = dict([self.api.key_header(key)]) if key is not None else {}
        url = f"{self.address.url}{sent.path}"
        return fetch(self._http, sent, url, self.api.headers, secret, self.address.seconds)


def _wait_of(exchange: Exchange) -> float | None:
    """The seconds after which a busy server wants to be asked again; None where it says none, or too many."""
    try:
        wait = float(exchange.headers.get("retry-after", ""))
    except ValueError:
        return None
    return wait if 0 <= wait <= LONGEST_WAIT else None
