"""Counts in words.

A scenario is a test function and a case one set of its parameters. A target is a backend with one server, a
route a target that is asked only a small group of scenarios, and a run is one case on one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.report.results import Outcome, Report, Result

SHOWN = 10
"""How many routes that did not pass are named."""

_WORST_FIRST = (
    *(Outcome.ERRORED, Outcome.FAILED, Outcome.UNMEASURED),
    *(Outcome.KNOWN_GAP, Outcome.UNSUPPORTED),
)


def counted(count: int, noun: str) -> str:
    """A number and its noun: ``1 case``, ``2 cases``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def extent(report: Report) -> str:
    """How many backends, targets, routes, scenarios and cases a report has."""
    # The name of a case is the name of a Python function, then its parameters, each after a hyphen.
    scenarios = {(each.group, each.scenario.partition("-")[0]) for each in report}
    counts = {
        "backend": len({each.backend for each in report}),
        "target": len(report.columns()),
        "route": len(report.routes()),
        "scenario": len(scenarios),
        "case": len({each.id for each in report}),
    }
    return ", ".join(counted(count, noun) for noun, count in counts.items() if count or noun != "route")


def routes(report: Report) -> list[str]:
    """A line for each backend with routes: how many passed all that they were asked, and which did not."""
    found: dict[str, dict[str, list[Result]]] = {}
    for label, results in report.routes().items():
        backend, _, name = label.partition("@")
        found.setdefault(backend, {})[name] = results
    return [_routes(backend, results_of) for backend, results_of in found.items()]


def _routes(backend: str, results_of: Mapping[str, Sequence[Result]]) -> str:
    others: dict[Outcome, list[str]] = {outcome: [] for outcome in _WORST_FIRST}
    for name, results in results_of.items():
        outcomes = {result.outcome for result in results}
        worst = next((each for each in _WORST_FIRST if each in outcomes), None)
        if worst is not None:
            others[worst].append(name)
    passed = len(results_of) - sum(map(len, others.values()))
    parts = [f"routes of {backend}: {passed} of {len(results_of)} passed"]
    return "; ".join([*parts, *(f"{how}: {_named(names)}" for how, names in others.items() if names)])


def _named(names: Sequence[str]) -> str:
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join([*names[:SHOWN], *more])
