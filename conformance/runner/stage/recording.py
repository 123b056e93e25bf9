"""Records a scenario: from an engine of its own, or from a provider's server with a real key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import conformance
from conformance.recording import Provenance, Recorder, Response, record
from conformance.recording.network_guard import guarded, loopback, reaching
from conformance.report.results import ViolationKind
from conformance.runner.collection.scenario import Scenario
from conformance.runner.stage.stage import Stage, engine_stage, hosted_stage
from conformance.runner.targets.live import KEY, STORED_HOST
from conformance.runner.targets.target import Target
from conformance.runner.versions import sdk_versions
from conformance.servers.engine.process import Engine
from conformance.servers.hosted import HostedServer, HostedServers, RateLimiter, host_and_port


class ServerBusyError(Exception):
    """A server is busy and asks to be called later; its reply is not recorded."""


class _Polite:
    """Keeps within a server's rate limit, and remembers whether the server asked for a pause."""

    def __init__(self, limiter: RateLimiter) -> None:
        self.rest = 0.0
        self._limiter = limiter

    def before_request(self) -> None:
        """Wait until the next request may be sent."""
        self._limiter.wait()

    def after_response(self, response: Response) -> None:
        """Note whether the server asks for a pause."""
        self.rest = max(self.rest, self._limiter.answered(response.status, response.headers))


def recorded(scenario: Scenario, hosts: HostedServers) -> AbstractContextManager[Stage]:
    """Record the scenario from the server of its target."""
    hosted = scenario.target.hosted
    return _recorded_engine(scenario) if hosted is None else _recorded_hosted(scenario, hosted, hosts)


@contextmanager
def _recorded_engine(scenario: Scenario) -> Iterator[Stage]:
    """Record the scenario from an engine of its own, so that no other scenario has filled its cache."""
    provenance = _provenance(scenario, scenario.target, STORED_HOST)
    with (
        Engine(api_key=KEY) as engine,
        guarded(loopback) as refusals,
        record(scenario.cassette, Recorder(provenance, engine.url, STORED_HOST, [KEY])) as recorder,
    ):
        stage = engine_stage(engine.url, scenario.target)
        stage.recorder = recorder
        yield stage
        recorder.provenance = replace(recorder.provenance, digest=stage.digest)
    stage.violate(ViolationKind.REFUSED, refusals)


@contextmanager
def _recorded_hosted(scenario: Scenario, hosted: HostedServer, hosts: HostedServers) -> Iterator[Stage]:
    """Record the scenario from the provider's own server.

    Raises:
        ServerBusyError: the server wants to be asked later.
    """
    access = hosts.access(hosted, scenario.target.model)
    target = scenario.target.behind(access)
    polite = _Polite(hosts.rate_limiter(target.label, hosted))
    host, port = host_and_port(access.url)
    recorder = Recorder(
        _provenance(scenario, target, access.stored_url),
        access.url,
        access.stored_url,
        {**access.secrets, **hosts.secrets},
        identifiers=access.identifiers,
        hooks=polite,
    )
    with (
        guarded(reaching(host, *hosted.hosts, ports=[port, 443])) as refusals,
        record(scenario.cassette, recorder),
    ):
        stage = hosted_stage(target, hosted, access)
        stage.recorder = recorder
        yield stage
        hosts.add_cost(target.label, stage.cost)
        if polite.rest:
            hosts.rate_limited.add(scenario.title)
            raise ServerBusyError(f"{target.label} wants to be asked again in {polite.rest:.0f} s")
        recorder.provenance = replace(recorder.provenance, digest=stage.digest)
    stage.violate(ViolationKind.REFUSED, refusals)


def _provenance(scenario: Scenario, target: Target, host: str) -> Provenance:
    return Provenance(
        scenario=scenario.id,
        backend=target.backend,
        target=target.name,
        model=target.model,
        host=host,
        digest="",
        harness=conformance.__version__,
        sdks=sdk_versions(),
    )
