"""Counts in words.

A scenario is a test function and a case one set of its parameters. A target is a backend with one server, and
a run is one case on one target.
"""

from __future__ import annotations

from conformance.report.results import Report


def counted(count: int, noun: str) -> str:
    """A number and its noun: ``1 case``, ``2 cases``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def extent(report: Report) -> str:
    """How many backends, targets, scenarios and cases a report has."""
    # The name of a case is the name of a Python function, then its parameters, each after a hyphen.
    scenarios = {(each.group, each.scenario.partition("-")[0]) for each in report}
    counts = {
        "backend": len({each.backend for each in report}),
        "target": len({each.label for each in report}),
        "scenario": len(scenarios),
        "case": len({each.id for each in report}),
    }
    return ", ".join(counted(count, noun) for noun, count in counts.items())
