"""The server that the dialogue's questions go to: a tape, the engine when it is recorded, or a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from urllib.parse import urlsplit

import pytest

import conformance
from conformance.engine.process import Engine
from conformance.interview import Interview
from conformance.recording import Provenance, RecordTape, ReplayTape, record, replay
from conformance.recording.guard import guarded, loopback, nothing, only
from conformance.report.results import Source
from conformance.suite.scenario import Scenario
from conformance.wire import Handler, WireServer
from conformance.wire.dialects import dialect
from conformance.wire.rehearsed import rehearsed
from provider.base import BaseLLM

Serve = Callable[[Handler], WireServer]
"""The fixture ``serve``: starts a loopback server that plays a script."""

Build = Callable[..., BaseLLM]
"""The fixture ``build``: builds and loads the target's backend in front of a URL."""

STORED_HOST = "http://engine.invalid"
"""Where the engine is said to be in a recording: its real port is another one each time."""

KEY = "sk-conformance-engine-key"
"""The key that the engine demands; a cassette holds a placeholder in its place."""

ENGINE = "engine"
"""What ``--live`` asks when no URL is given."""

_SDKS = ("httpx", "litellm", "openai", "vcrpy", "xllamacpp")


@dataclass
class Stage:
    """An open stage.

    Attributes:
        url: where the server is.
        tape: what is recorded or replayed; None for a live server of which nothing is kept.
        server: the loopback server of a scripted target; None for the others.
        max_retries: how often a backend may ask again. llama.cpp closes a connection after a stream without
            saying so, and then one question in 250 on it is lost; no recording can lose one.
        interview: what was asked on it.
        passed: whether the scenario's own assertions held.
        violations: what must fail the scenario, whatever it asserted.
    """

    url: str
    tape: RecordTape | ReplayTape | None
    server: WireServer | None = None
    max_retries: int = 0
    interview: Interview | None = None
    passed: bool = False
    violations: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many questions the interview has asked."""
        return len(self.interview.decoded) if self.interview is not None else 0

    @property
    def digest(self) -> str:
        """Twelve hex digits over what was asked; empty where it was asked past the interview."""
        return self.interview.digest if self.interview is not None else ""


STAGE = pytest.StashKey[Stage]()


def open_stage(scenario: Scenario, *, record: bool, live: str | None) -> AbstractContextManager[Stage]:
    """The server that a scenario asks the dialogue's questions.

    Args:
        scenario: the scenario; one of a scripted target is answered by the loopback server.
        record: whether it is recorded from the engine.
        live: ``engine`` or the URL of another server to ask without recording; None to replay.
    """
    if scenario.source is Source.SCRIPT:
        return _scripted(scenario)
    if record:
        return _recorded(scenario)
    return _live(live) if live else _replayed(scenario)


@contextmanager
def _scripted(scenario: Scenario) -> Iterator[Stage]:
    """Answer every question of the dialogue in the target's dialect."""
    wire = dialect(scenario.target.dialect)
    with WireServer(wire.beside(rehearsed(wire))) as server:
        yield Stage(server.url, None, server)


@contextmanager
def _live(server: str) -> Iterator[Stage]:
    """Ask a real server and keep nothing."""
    if server != ENGINE:
        address = urlsplit(server)
        port = address.port or (443 if address.scheme == "https" else 80)
        with guarded(only((address.hostname or "", port))) as refusals:
            stage = Stage(server.rstrip("/"), None, max_retries=1)
            yield stage
    else:
        with Engine(api_key=KEY) as engine, guarded(loopback) as refusals:
            stage = Stage(engine.url, None, max_retries=1)
            yield stage
    stage.violations += refusals


@contextmanager
def _replayed(scenario: Scenario) -> Iterator[Stage]:
    """Play the scenario's recording, with the whole network refused."""
    with guarded(nothing) as refusals, replay(scenario.cassette, scenario.rerecord, [KEY]) as tape:
        stage = Stage(STORED_HOST, tape)
        yield stage
    stage.violations += [*tape.misses, *refusals]
    if stage.passed:
        left = [f"{each} was recorded, but nothing asked for it" for each in tape.unplayed]
        stale = tape.provenance.digest != stage.digest
        left += ["the recording is stale: the scenario asks something else by now"] if stale else []
        stage.violations += [f"{each}. Record it again: {scenario.rerecord}" for each in left]


@contextmanager
def _recorded(scenario: Scenario) -> Iterator[Stage]:
    """Record the scenario from an engine of its own, so that no other scenario has filled its cache."""
    provenance = Provenance(
        scenario=scenario.id,
        backend=scenario.target.backend,
        target=scenario.target.name,
        model=scenario.target.model,
        host=STORED_HOST,
        digest="",
        harness=conformance.__version__,
        sdks=sdk_versions(),
    )
    with (
        Engine(api_key=KEY) as engine,
        guarded(loopback) as refusals,
        record(scenario.cassette, provenance, engine.url, STORED_HOST, [KEY]) as tape,
    ):
        stage = Stage(engine.url, tape, max_retries=1)
        yield stage
        tape.provenance = replace(tape.provenance, digest=stage.digest)
    stage.violations += refusals


def sdk_versions() -> dict[str, str]:
    """The version of each SDK that is installed."""
    return {name: version for name in _SDKS if (version := _version(name))}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
