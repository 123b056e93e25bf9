"""The results file: written line by line as results come, so that a crash leaves what was there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any

from conformance.report.results import SCHEMA, Fault, Outcome, Report, Result, Source


class ResultsError(Exception):
    """A file holds no results that can be read."""


class Writer:
    """Writes one results file: a header, a line a result, a footer that proves that nothing is missing."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("wb")
        self._write("header", {"schema": SCHEMA, **header})

    def add(self, result: Result) -> None:
        """Append a result."""
        self._write("result", asdict(result))

    def close(self, footer: Mapping[str, Any] | None) -> None:
        """Append the footer, if there is one; nothing follows it."""
        if footer is not None:
            self._write("footer", footer)
        self._file.close()

    def _write(self, kind: str, fields: Mapping[str, Any]) -> None:
        line = json.dumps({"kind": kind, **fields}, ensure_ascii=False) + "\n"
        # An answer may hold half a surrogate pair, which is no UTF-8; escaped it is JSON.
        self._file.write(line.encode("utf-8", "backslashreplace"))
        self._file.flush()


def write(report: Report, path: Path) -> None:
    """Write a whole report; one without a footer stays one."""
    writer = Writer(path, report.header)
    for result in report.results:
        writer.add(result)
    writer.close(report.footer)


def read(path: Path) -> Report:
    """The report in ``path``, also of a run that broke off: then it has no footer, and ``doubts``.

    Raises:
        ResultsError: it is no results file, or one of another version.
    """
    *whole, rest = path.read_bytes().decode("utf-8").split("\n")
    lines = [_parsed(path, number, line) for number, line in enumerate(whole, 1)]
    if not lines or lines[0].get("kind") != "header":
        raise ResultsError(f"{path}: no results file: it has no header")
    header = lines[0]
    if header.get("schema") != SCHEMA:
        raise ResultsError(f"{path}: version {header.get('schema')} of the format; this reads {SCHEMA}")
    ended = lines[-1]["kind"] == "footer" and not rest
    footer = _without_kind(lines.pop()) if ended else None
    results = sorted((_result(path, line) for line in lines[1:]), key=lambda result: result.place)
    orphans = footer["orphans"] if footer is not None else None
    fields = {name: value for name, value in _without_kind(header).items() if name != "schema"}
    return Report(fields, results, footer, orphans)


@cache
def schema() -> Any:
    """The published JSON Schema of one line."""
    return json.loads(resources.files(__package__).joinpath("results.schema.json").read_text("utf-8"))


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise ResultsError(f"{path}: line {number} is no JSON: {error}") from error
    if not isinstance(fields, dict) or "kind" not in fields:
        raise ResultsError(f"{path}: line {number} is no line of results")
    return fields


def _result(path: Path, line: dict[str, Any]) -> Result:
    try:
        fields = _without_kind(line)
        fields["source"], fields["outcome"] = Source(fields["source"]), Outcome(fields["outcome"])
        fields["fault"] = Fault(fields["fault"]) if fields["fault"] else None
        return Result(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(f"{path}: a line is no result: {error}") from error


def _without_kind(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "kind"}
