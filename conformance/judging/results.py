"""Verdicts as results, which the page, the summary and ``combine`` read."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from conformance.judging.gaps import LINK
from conformance.judging.judge import Outcome, Verdict
from conformance.judging.law import Law
from conformance.judging.shown import Shown
from conformance.report import results
from conformance.report.results import Fault, Result, Source

OUTCOMES = {
    Outcome.HELD: results.Outcome.PASSED,
    Outcome.BROKEN: results.Outcome.FAILED,
    Outcome.ERRORED: results.Outcome.ERRORED,
    Outcome.INCONCLUSIVE: results.Outcome.UNMEASURED,
    Outcome.NOT_ASKED: results.Outcome.UNMEASURED,
    Outcome.KNOWN_GAP: results.Outcome.KNOWN_GAP,
    Outcome.CLOSED_GAP: results.Outcome.FAILED,
}
"""What a verdict is called in the results file; its reason says which kind of unmeasured it is."""

FAULTS = {Outcome.BROKEN: Fault.LAW, Outcome.CLOSED_GAP: Fault.CLOSED_GAP}

MAX_EXCHANGES = 8
"""Of a law: the last ones, for those were judged."""


def results_of(verdicts: Sequence[Verdict], shown: Shown, declared: Collection[str]) -> list[Result]:
    """A result for each verdict."""
    return [_result(index, verdict, shown, declared) for index, verdict in enumerate(verdicts)]


def backend_of(shown: Shown, command: str) -> dict[str, Any]:
    """What the header of a results file says of the server."""
    backend, target = _names(shown)
    nothing: dict[str, Any] = dict.fromkeys(("package", "version", "homepage", "issues"))
    return {
        "backend": backend,
        "target": target,
        "class": shown.address.url,
        **nothing,
        "model": shown.address.model,
        "dialect": {"chat": "openai", "messages": "anthropic", "responses": "responses"}[shown.api.name],
        "source": "live",
        "scenarios": "all",
        "command": command,
    }


def footer_of(found: Sequence[Result], status: int, complete: bool) -> dict[str, Any]:
    """The last line of the results file."""
    counts = Counter(each.outcome for each in found)
    return {
        "runs": len(found),
        "counts": {str(outcome): counts[outcome] for outcome in results.Outcome},
        "exit_status": status,
        "complete": complete,
        "lost": [],
        "orphans": None,
    }


def _names(shown: Shown) -> tuple[str, str]:
    """Model and host, of which neither may have an @: a result is called ``model@host``."""
    api = "" if shown.api.name == "chat" else f"/{shown.api.name}"
    return shown.address.model.replace("@", "_"), f"{shown.host}{api}".replace("@", "_")


def _result(index: int, verdict: Verdict, shown: Shown, declared: Collection[str]) -> Result:
    law, hidden = verdict.law, shown.hidden()
    backend, target = _names(shown)
    unmeasured = verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_ASKED)
    reason = hidden(f"{verdict.outcome}: {verdict.reason}" if unmeasured else verdict.reason)
    exchanges = [shown.data(each) for each in verdict.exchanges[-MAX_EXCHANGES:]]
    transcript: dict[str, Any] | None = {
        "exchanges": exchanges,
        "left_out": len(verdict.exchanges) - len(exchanges),
        "answers": [],
        "demanded": {"code": _code(law), "given": {}},
        "compared": _compared(verdict, shown),
    }
    again = "\n".join(line for each in verdict.exchanges[-MAX_EXCHANGES:] if (line := shown.command(each)))
    if found := shown.secret_in(verdict.exchanges):
        reason, transcript, again = f"{verdict.outcome}; not shown, because it contains {found}", None, ""
    return Result(
        backend,
        target,
        law.group,
        law.name,
        Source.LIVE,
        OUTCOMES[verdict.outcome],
        reason,
        law.id,
        fault=FAULTS.get(verdict.outcome),
        link=_link(verdict),
        live=len(verdict.exchanges),
        declared=None if law.capability is None else law.capability in declared or None,
        index=index,
        seconds=verdict.seconds,
        law=law.words,
        traceback=again if verdict.outcome is not Outcome.HELD else "",
        transcript=transcript,
    )


def _link(verdict: Verdict) -> str:
    """The upstream bug that a known gap waits for; empty for another verdict."""
    found = LINK.search(verdict.reason) if verdict.outcome is Outcome.KNOWN_GAP else None
    return found[0] if found else ""


def _compared(verdict: Verdict, shown: Shown) -> dict[str, str] | None:
    if verdict.outcome not in (Outcome.BROKEN, Outcome.KNOWN_GAP):
        return None
    hidden = shown.hidden()
    return {"got": hidden(verdict.got), "op": "==", "expected": hidden(verdict.expected)}


def _code(law: Law) -> str:
    """The statements of the law behind its docstring, which the page shows."""
    source = textwrap.dedent(inspect.getsource(law.check))
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return textwrap.dedent("\n".join(source.splitlines()[function.body[1].lineno - 1 :]))
