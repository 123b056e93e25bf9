"""The stage of a scenario: the server that its backend asks, and the facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.recording import CapturedExchange, Player, Recorder
from conformance.report.results import Violation, ViolationKind
from conformance.runner.targets.live import KEY
from conformance.runner.targets.target import Target
from conformance.servers.hosted import Access, Cost, HostedServer
from conformance.servers.scripted import Handler, Request, Script, ScriptedServer
from conformance.spec.interview import Interview
from provider.base import BaseLLM

Serve = Callable[[Handler | Script], ScriptedServer]
"""The fixture ``serve``: starts a loopback server that plays a script, or what a handler gives a request."""

Build = Callable[..., BaseLLM]
"""The fixture ``build``: builds and loads the target's backend in front of a URL."""

Play = Callable[..., BaseLLM]
"""The fixture ``play``: builds and loads the target's backend in front of such a server."""

Sent = Callable[[], list[Request]]
"""The fixture ``sent``: the requests for an answer that reached the servers of a scenario so far."""


@dataclass
class Stage:
    """An open stage.

    Attributes:
        url: where the server is.
        target: the target as its backend is built in front of it.
        key: the key that the backend is given.
        secrets: what no recording may contain; in a replay their placeholders.
        player: answers from the cassette; None where nothing is replayed.
        recorder: records what a real server answers; None where nothing is recorded.
        server: the loopback server of a scripted target; None for other targets.
        captured: the exchanges with a live server so far, with the real key in them.
        max_retries: how often a backend may retry. llama.cpp closes a connection after a stream without
            announcing it, and then loses one request in 250; a recording must lose none.
        max_tokens: the limit of an answer, sent with every question that sets none itself; None for no limit.
        interview: the interview that asks here; None until there is one.
        passed: whether the scenario's own assertions passed.
        violations: broken rules of recording and replay; they fail the scenario, whatever it asserted.
    """

    url: str
    target: Target
    player: Player | None = None
    recorder: Recorder | None = None
    server: ScriptedServer | None = None
    captured: Sequence[CapturedExchange] = field(default=(), repr=False)
    key: str = field(default=KEY, repr=False)
    secrets: Sequence[str] = field(default=(KEY,), repr=False)
    max_tokens: int | None = None
    max_retries: int = 0
    interview: Interview | None = None
    passed: bool = False
    violations: list[Violation] = field(default_factory=list)

    def violate(self, kind: ViolationKind, messages: Iterable[str]) -> None:
        """Fail the scenario, once for each message: a retry repeats its message."""
        found = [Violation(kind, message) for message in dict.fromkeys(messages)]
        self.violations += [each for each in found if each not in self.violations]

    @property
    def uses_cassette(self) -> bool:
        """Whether a cassette is replayed or recorded."""
        return self.player is not None or self.recorder is not None

    @property
    def asked(self) -> int:
        """How many questions the interview has asked."""
        return len(self.interview.decoded) if self.interview is not None else 0

    @property
    def limits(self) -> dict[str, Any]:
        """``max_tokens`` as keyword arguments, for questions that are asked without the interview."""
        return {} if self.max_tokens is None else {"max_tokens": self.max_tokens}

    @property
    def cost(self) -> Cost:
        """The requests and tokens of the interview, as its responses report them."""
        decoded = self.interview.decoded if self.interview is not None else []
        responses = [each["response"] for each in decoded]
        prompt, answer = (
            sum(each.get(f"{kind}_tokens") or 0 for each in responses) for kind in ("prompt", "completion")
        )
        return Cost(self.recorder.recorded if self.recorder is not None else 0, prompt, answer)

    @property
    def digest(self) -> str:
        """Twelve hex digits over what was asked; empty where the interview was not used."""
        return self.interview.digest if self.interview is not None else ""


STAGE = pytest.StashKey[Stage]()


def engine_stage(url: str, target: Target) -> Stage:
    """The stage in front of an engine or its recording; an SDK may retry once in both."""
    return Stage(url, target, max_retries=1)


def hosted_stage(target: Target, hosted: HostedServer, access: Access) -> Stage:
    """The stage in front of a hosted server, or of its recording."""
    secrets = tuple(access.secrets.values())
    return Stage(access.url, target, key=access.key, secrets=secrets, max_tokens=hosted.max_tokens)
