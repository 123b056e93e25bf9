"""Opens the server that answers a scenario's questions: a script, a recording, or a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace

from conformance.recording import read, replay
from conformance.recording.network_guard import Rule, guarded, loopback, nothing, only, reaching
from conformance.recording.playback.capture import captured
from conformance.report.results import Source, ViolationKind
from conformance.runner.collection.scenario import Scenario
from conformance.runner.mode import AnswerSource, RunMode
from conformance.runner.stage.recording import recorded
from conformance.runner.stage.stage import Stage, engine_stage, hosted_stage
from conformance.runner.targets.live import ENGINE, KEY, STORED_HOST
from conformance.servers.engine.process import Engine
from conformance.servers.hosted import HostedServers, host_and_port, maximum_cost, placeholder_access
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.servers.scripted.google_account import granted


def open_stage(scenario: Scenario, answers: AnswerSource) -> AbstractContextManager[Stage]:
    """Open the server that answers a scenario's questions.

    Args:
        scenario: the scenario; the loopback server answers for a scripted target.
        answers: where the run gets the answers of a real server.
    """
    if scenario.source is Source.SCRIPT:
        return _scripted(scenario)
    match answers.mode:
        case RunMode.REPLAY:
            return _replayed(scenario)
        case RunMode.LIVE:
            return _live(scenario, answers)
        case RunMode.REHEARSE:
            assert answers.hosts is not None
            return _rehearsed(scenario, answers.hosts)
        case RunMode.RECORD:
            assert answers.hosts is not None
            return recorded(scenario, answers.hosts)


@contextmanager
def _scripted(scenario: Scenario) -> Iterator[Stage]:
    target = scenario.target
    wire, hosted = dialect(target.dialect), target.hosted
    limit = None if hosted is None else hosted.max_tokens
    with ScriptedServer(wire.with_other_paths(dialogue_handler(wire))) as server:
        yield Stage(server.url, target, server=server, max_tokens=limit)


@contextmanager
def _rehearsed(scenario: Scenario, hosts: HostedServers) -> Iterator[Stage]:
    """Answer from the loopback server, and count the most that a recording would cost."""
    target, hosted = scenario.target, scenario.target.hosted
    with _scripted(scenario) as stage:
        yield stage
    if hosted is not None and stage.server is not None:
        price = hosts.price(hosted, target.model)
        longest = price.max_output if price is not None else 0
        wire = dialect(target.dialect)
        for request in wire.chat_requests(stage.server.requests):
            hosts.add_cost(target.label, maximum_cost(request.body, longest, wire.limit_fields))


@contextmanager
def _live(scenario: Scenario, answers: AnswerSource) -> Iterator[Stage]:
    rule: Rule = loopback
    url = answers.server.rstrip("/")
    with ExitStack() as stack:
        if answers.server == ENGINE:
            url = stack.enter_context(Engine(api_key=KEY)).url
        else:
            host, port = host_and_port(answers.server)
            rule = reaching(host, ports=[port])
        refusals = stack.enter_context(guarded(rule))
        stage = replace(engine_stage(url, scenario.target), key=answers.key or KEY)
        seen = answers.secrets.see if answers.secrets is not None else lambda _: None
        stage.captured = stack.enter_context(captured(seen))
        yield stage
    stage.violate(ViolationKind.REFUSED, refusals)


@contextmanager
def _replayed(scenario: Scenario) -> Iterator[Stage]:
    """Replay the scenario's recording; the whole network is refused."""
    with (
        _placeholder(scenario) as (stage, rule),
        guarded(rule, sealed=True) as refusals,
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
    """A stage that needs only the recording, and the rule of the network guard for it."""
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
