"""Reports made by hand, for tests of their readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.report.results import Outcome as Outcome
from conformance.report.results import Report, Result, Source

HEADER: dict[str, Any] = {
    "suite": "0.1.0",
    "started": "2026-11-24T21:00:00Z",
    "platform": "Linux",
    "python": "3.11.7",
    "sdks": {"openai": "2.54.0"},
    "command": "python -m pytest",
    "shard": None,
    "narrowed": [],
    "backends": [],
    "bugs": {"S-01": {"title": "a cut stream", "sources": [{"name": "one/two#3", "url": "https://x.org/3"}]}},
}


def result(label: str, scenario: str, outcome: Outcome = Outcome.PASSED, **more: Any) -> Result:
    """A result of ``backend@target`` in ``group/name``: from a recording unless said otherwise."""
    backend, _, target = label.partition("@")
    group, _, name = scenario.partition("/")
    facts = {"source": Source.RECORDING, "reason": "", "rerun": f"test_{group}.py::test_{name}[{label}]"}
    return Result(backend, target, group, name, outcome=outcome, **{**facts, **more})


def report(*results: Result, status: int = 0, switched_off: Sequence[str] = (), **header: Any) -> Report:
    """A report of a run that was not interrupted."""
    whole = Report({**HEADER, **header}, list(results), orphans=[])
    whole.footer = {
        "runs": len(results),
        "counts": {str(outcome): count for outcome, count in whole.counts().items()},
        "exit_status": status,
        "complete": not switched_off,
        "switched_off": list(switched_off),
        "lost": [],
        "orphans": [],
    }
    return whole


def timeless(results: Sequence[Result]) -> list[Result]:
    """The results without what differs from run to run: seconds, and object addresses in tracebacks."""
    return [replace(result, seconds=0, traceback="") for result in results]
