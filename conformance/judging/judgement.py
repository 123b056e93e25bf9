"""The judgement of one server, from the first question to what is shown of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from conformance.judging import results, terminal
from conformance.judging.exchange import client
from conformance.judging.gaps import GapsError, check_names, excused, read_gaps
from conformance.judging.judge import Outcome, Verdict, judge
from conformance.judging.law import InconclusiveError
from conformance.judging.laws.by_api import APIS, LAWS
from conformance.judging.server import MULTIPLE_CHOICES, OK, Address, Server
from conformance.judging.shown import Shown
from conformance.report.results import Result
from conformance.spec.dialogue import text

__all__ = ["Address", "GapsError", "Judgement", "UnusableServerError", "judged", "read_gaps"]


PARAMETERS = 3
"""How often a server is asked until it accepts the parameters."""


class UnusableServerError(Exception):
    """The server cannot be judged; the message says why, and what to do."""


@dataclass(frozen=True)
class Judgement:
    """What was found of a server.

    Attributes:
        shown: shows its requests and answers.
        verdicts: a verdict on each law.
        declared: the capabilities that count for the exit status.
        unknown: the fields of its answers that the provider's do not have.
    """

    shown: Shown
    verdicts: Sequence[Verdict]
    declared: Collection[str]
    unknown: Collection[str]

    @property
    def status(self) -> int:
        """The exit status: 1 where a law that counts is broken, a known gap has closed, or no law held."""
        broken = any(
            each.outcome.is_failure and terminal.counts(each, self.declared) for each in self.verdicts
        )
        return int(broken or not any(each.outcome is Outcome.HELD for each in self.verdicts))

    def lines(self) -> list[str]:
        """What a terminal shows."""
        return terminal.lines(self.verdicts, self.shown, self.declared, self.unknown)

    def results(self) -> list[Result]:
        """The results for the results file."""
        return results.results_of(self.verdicts, self.shown, self.declared)

    def backend(self, command: str) -> dict[str, Any]:
        """What the header of the results file says of the server; ``command`` judges it again."""
        return results.backend_of(self.shown, command)

    def footer(self, *, complete: bool) -> dict[str, Any]:
        """The last line of the results file."""
        return results.footer_of(self.results(), self.status, complete)


def judged(
    address: Address,
    api: str,
    chosen: Sequence[str],
    trials: int = 1,
    declared: Collection[str] = (),
    gaps: Mapping[str, str] = MappingProxyType({}),
) -> Judgement:
    """Judge a server.

    Args:
        address: where it is.
        api: the API that it is asked in.
        chosen: patterns of the laws to ask; a law is asked where one of them fits.
        trials: how many times each is asked.
        declared: the capabilities that it claims.
        gaps: the laws that it is known to break, each with the reason.

    Raises:
        UnusableServerError: it does not answer at all, or there is no such law.
        GapsError: a gap names no law.
    """
    check_names(gaps, LAWS[api])
    laws = [law for law in LAWS[api] if any(fnmatchcase(law.id, pattern) for pattern in chosen)]
    if not laws:
        groups = dict.fromkeys(law.group for law in LAWS[api])
        raise UnusableServerError(f"no law is called {chosen[0]!r}; the groups are {', '.join(groups)}")
    with client() as http:
        server = _reached(Server(address, APIS[api], http))
        verdicts = excused(list(judge(server, laws, trials)), gaps)
        return Judgement(Shown(server.address, server.api), verdicts, declared, server.unknown)


def _reached(server: Server) -> Server:
    """The server, once it has answered one question; asked as its model wants to be asked.

    Raises:
        UnusableServerError: nothing answers there.
    """
    shown = Shown(server.address, server.api)
    for _ in range(PARAMETERS):
        try:
            exchange = server.send(server.api.sent(server.body(text.CAPITAL, max_tokens=64)))
        except InconclusiveError as error:
            raise UnusableServerError(f"{server.address.url}: {error}") from error
        if exchange.status is None:
            raise UnusableServerError(f"{exchange.url} does not answer: {shown.line(exchange)}")
        if exchange.status in (401, 403):
            key = (
                "the key is wrong"
                if server.address.key
                else "it demands a key: name its variable with --key-env"
            )
            raise UnusableServerError(f"{exchange.url}: {key}: {shown.line(exchange)}")
        if exchange.status in (404, 405):
            raise UnusableServerError(
                f"{exchange.url}: check the address and the model: {shown.line(exchange)}"
            )
        if OK <= exchange.status < MULTIPLE_CHOICES:
            break
        # Models that think refuse both: https://platform.openai.com/docs/guides/reasoning
        if b"max_completion_tokens" in exchange.body:
            server.address = replace(server.address, renamed={"max_tokens": "max_completion_tokens"})
        elif b"temperature" in exchange.body:
            server.address = replace(server.address, params={})
    return server
