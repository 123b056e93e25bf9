"""Collects the whole suite on every target of this project, runs nothing, and prints what there is as JSON.

A program of its own: pytest takes over the process that it collects in.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.commands.command import suite_arguments
from conformance.recording import read
from conformance.report.answers import answered
from conformance.report.counts import extent
from conformance.report.results import Outcome, Report, Result, Source
from conformance.runner.collection.scenario import SCENARIO, Scenario
from conformance.runner.results.header import header
from conformance.runner.targets.options import TARGETS


class _Collected:
    """The reports of a run in which nothing was asked.

    Attributes:
        report: a result for each scenario on each target, unmeasured.
        answering: the same without what replays the recording of another target, which is no other answer.
    """

    report = answering = Report()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what a run would ask."""
        targets = session.config.stash[TARGETS]
        head = header(session.config, targets)
        scenarios = [each for item in session.items if (each := item.stash.get(SCENARIO, None)) is not None]
        own = [each for each in scenarios if not (each.target.replays and each.is_recorded)]
        self.report, self.answering = (Report(head, [*map(_unasked, each)]) for each in (scenarios, own))


def _unasked(scenario: Scenario) -> Result:
    unasked = Result(
        backend=scenario.target.backend,
        target=scenario.target.name,
        group=scenario.group,
        scenario=scenario.name,
        source=scenario.source,
        outcome=Outcome.UNMEASURED,
        reason="not run",
        rerun="",
    )
    # A new scenario is not recorded yet.
    if scenario.source is not Source.RECORDING or not scenario.cassette.is_file():
        return unasked
    provenance = read(scenario.cassette, scenario.rerecord).provenance
    return replace(unasked, recorded=provenance.recorded, server=provenance.host)


def main() -> None:
    """Print ``answered``, ``extent`` and ``runs`` of the whole suite."""
    collected = _Collected()
    arguments = [*suite_arguments(Path.cwd()), "--collect-only", "-qq", "-p", "no:cacheprovider"]
    status = pytest.main(arguments, plugins=[collected])
    if status is not pytest.ExitCode.OK:
        raise SystemExit(status)
    report = collected.report
    found = {"answered": answered(collected.answering), "extent": extent(report), "runs": len(report)}
    print(json.dumps(found), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
