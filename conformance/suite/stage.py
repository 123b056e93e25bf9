"""The server that the dialogue's questions go to, as a scenario sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.backends import Target
from conformance.hosted import Cost
from conformance.interview import Interview
from conformance.recording import Exchange, RecordTape, ReplayTape
from conformance.wire import Handler, WireServer
from provider.base import BaseLLM

Serve = Callable[[Handler], WireServer]
"""The fixture ``serve``: starts a loopback server that plays a script."""

Build = Callable[..., BaseLLM]
"""The fixture ``build``: builds and loads the target's backend in front of a URL."""

STORED_HOST = "http://engine.invalid"
"""Where the engine is said to be in a recording: its real port is another one each time."""

KEY = "sk-conformance-engine-key"
"""The key that the engine demands; a cassette holds a placeholder in its place."""

LIVE_KEY = pytest.StashKey[str]()
"""The key of the server that a run asks live, where it was given one: it is real, and shown nowhere."""

ENGINE = "engine"
"""What ``--live`` asks when no URL is given."""


@dataclass
class Stage:
    """An open stage.

    Attributes:
        url: where the server is.
        target: the target as its backend is built in front of it.
        key: the key that the backend is given.
        secrets: what no recording may hold; in a replay what stands for it.
        tape: what is recorded or replayed; None for a live server of which nothing is kept.
        server: the loopback server of a scripted target; None for the others.
        watched: what a live server was asked so far, with the key.
        max_retries: how often a backend may ask again. llama.cpp closes a connection after a stream without
            saying so, and then one question in 250 on it is lost; no recording can lose one.
        max_tokens: of an answer, sent with every question that sets no other limit; None for no limit.
        interview: what was asked on it.
        passed: whether the scenario's own assertions held.
        violations: what must fail the scenario, whatever it asserted.
    """

    url: str
    target: Target
    tape: RecordTape | ReplayTape | None = None
    server: WireServer | None = None
    watched: Sequence[Exchange] = field(default=(), repr=False)
    key: str = field(default=KEY, repr=False)
    secrets: Sequence[str] = field(default=(KEY,), repr=False)
    max_tokens: int | None = None
    max_retries: int = 0
    interview: Interview | None = None
    passed: bool = False
    violations: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many questions the interview has asked."""
        return len(self.interview.decoded) if self.interview is not None else 0

    @property
    def limits(self) -> dict[str, Any]:
        """The keyword arguments that say so; whoever asks a stage past its interview gives them too."""
        return {} if self.max_tokens is None else {"max_tokens": self.max_tokens}

    @property
    def cost(self) -> Cost:
        """What the answers to the interview say that they cost."""
        told = [each["response"] for each in self.interview.decoded] if self.interview is not None else []
        prompt, answer = (sum(each[f"{kind}_tokens"] for each in told) for kind in ("prompt", "completion"))
        return Cost(self.tape.recorded if isinstance(self.tape, RecordTape) else 0, prompt, answer)

    @property
    def digest(self) -> str:
        """Twelve hex digits over what was asked; empty where it was asked past the interview."""
        return self.interview.digest if self.interview is not None else ""


STAGE = pytest.StashKey[Stage]()
