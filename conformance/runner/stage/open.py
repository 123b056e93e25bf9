"""Who answers the dialogue's questions: a script, a recording, or a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from conformance.recording import read, replay
from conformance.recording.network_guard import Rule, guarded, loopback, nothing, only, reaching
from conformance.recording.playback.capture import captured
from conformance.report.results import Source, ViolationKind
from conformance.runner.collection.scenario import Scenario
from conformance.runner.stage.recording import recorded_engine, recorded_hosted
from conformance.runner.stage.stage import Stage, engine_stage, hosted_stage
from conformance.runner.targets.live import ENGINE, KEY, STORED_HOST
from conformance.servers.engine.process import Engine
from conformance.servers.hosted import HostedServers, host_and_port, maximum_cost, placeholder_access
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.servers.scripted.google_account import granted


def open_stage(
    scenario: Scenario, *, live: str | None, key: str, hosts: HostedServers | None
) -> AbstractContextManager[Stage]:
    """Open the server that answers a scenario's questions.

    Args:
        scenario: the scenario; the loopback server answers for a scripted target.
        live: ``engine`` or the URL of another server to ask without recording; None to replay or record.
        key: the key of that other server.
        hosts: the hosted servers that the recorder may ask; None where nothing is recorded.
    """
    if scenario.source is Source.SCRIPT or (hosts is not None and hosts.rehearsal):
        return _scripted(scenario, hosts)
    if hosts is not None:
        hosted = scenario.target.hosted
        return recorded_engine(scenario) if hosted is None else recorded_hosted(scenario, hosted, hosts)
    return _live(scenario, live, key) if live else _replayed(scenario)


@contextmanager
def _scripted(scenario: Scenario, hosts: HostedServers | None) -> Iterator[Stage]:
    """Answer the dialogue from the loopback server, and count what a rehearsed recording would cost."""
    target = scenario.target
    wire, hosted = dialect(target.dialect), target.hosted
    limit = None if hosted is None else hosted.max_tokens
    with ScriptedServer(wire.with_other_paths(dialogue_handler(wire))) as server:
        yield Stage(server.url, target, server=server, max_tokens=limit)
    if hosts is not None and hosted is not None:
        price = hosts.price(hosted, target.model)
        longest = price.max_output if price is not None else 0
        for request in wire.chat_requests(server.requests):
            hosts.add_cost(target.label, maximum_cost(request.body, longest))


@contextmanager
def _live(scenario: Scenario, server: str, key: str) -> Iterator[Stage]:
    """Ask a real server and keep nothing."""
    if server != ENGINE:
        host, port = host_and_port(server)
        with guarded(reaching(host, ports=[port])) as refusals, captured() as exchanges:
            stage = replace(engine_stage(server.rstrip("/"), scenario.target), key=key)
            stage.captured = exchanges
            yield stage
    else:
        with Engine(api_key=KEY) as engine, guarded(loopback) as refusals, captured() as exchanges:
            stage = engine_stage(engine.url, scenario.target)
            stage.captured = exchanges
            yield stage
    stage.violate(ViolationKind.REFUSED, refusals)


@contextmanager
def _replayed(scenario: Scenario) -> Iterator[Stage]:
    """Play the scenario's recording, with the whole network refused."""
    with (
        _placeholder(scenario) as (stage, rule),
        guarded(rule) as refusals,
        replay(scenario.cassette, scenario.rerecord, stage.secrets) as player,
    ):
        stage.player = player
        yield stage
    stage.violate(ViolationKind.MISS, player.misses)
    stage.violate(ViolationKind.REFUSED, refusals)
    if stage.passed:
        advice = f"Record it again: {scenario.rerecord}"
        unplayed = (f"{each} was recorded, but nothing requested it. {advice}" for each in player.unplayed)
        stage.violate(ViolationKind.UNPLAYED, unplayed)
        if player.provenance.digest != stage.digest:
            stale = f"the recording is stale: the scenario now asks something else. {advice}"
            stage.violate(ViolationKind.STALE, [stale])


@contextmanager
def _placeholder(scenario: Scenario) -> Iterator[tuple[Stage, Rule]]:
    """A stage that needs nothing but the recording, and the rule for what may be reached from it."""
    target, hosted = scenario.target, scenario.target.hosted
    if hosted is None:
        yield engine_stage(STORED_HOST, target), nothing
        return
    provenance = read(scenario.cassette, scenario.rerecord).provenance
    access = placeholder_access(hosted, provenance.host, provenance.model)
    if not target.wants_tokens:
        yield hosted_stage(target.behind(access), hosted, access), nothing
        return
    with ScriptedServer(granted) as tokens:
        rule = only(host_and_port(tokens.url))
        yield hosted_stage(target.behind(access, tokens.url), hosted, access), rule
