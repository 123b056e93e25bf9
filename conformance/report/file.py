"""The results file: written line by line as results arrive, so that a crash loses none of them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any

from conformance.report.results import (
    RENAMED,
    SCHEMA,
    Fault,
    Outcome,
    Report,
    Result,
    Source,
    Violation,
    ViolationKind,
)


class ResultsError(Exception):
    """A file cannot be read as results."""


class Writer:
    """Writes one results file: a header, a line per result, and a footer that proves the file is complete."""

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
        # An answer may hold half a surrogate pair, which UTF-8 cannot encode; escaped, it is valid JSON.
        self._file.write(line.encode("utf-8", "backslashreplace"))
        self._file.flush()


def write(report: Report, path: Path) -> None:
    """Write a whole report, without a footer if it has none."""
    writer = Writer(path, report.header)
    for result in report.results:
        writer.add(result)
    writer.close(report.footer)


def read(path: Path) -> Report:
    """The report in ``path``; that of an interrupted run has no footer, and says so in ``doubts``.

    Raises:
        ResultsError: it is not a results file, or one of another version.
    """
    return parsed(path, path.read_bytes())


def parsed(path: Path, content: bytes) -> Report:
    """The report that the file ``path`` contains; like :func:`read`."""
    # Split before decoding: a process may be killed inside a character.
    *complete, unfinished = content.split(b"\n")
    lines = [_parsed(path, number, line) for number, line in enumerate(complete, 1)]
    if lines and lines[0].get("schema") == 1:
        warnings.warn(f"{path}: version 1 of the results format; run the suite again", FutureWarning, 2)
    if not lines or lines[0]["kind"] != "header":
        raise ResultsError(f"{path}: not a results file: it has no header")
    header = _without(lines[0], "kind", "schema")
    has_footer = lines[-1]["kind"] == "footer" and not unfinished
    footer = _without(lines.pop(), "kind") if has_footer else None
    results = sorted((_result(path, line) for line in lines[1:]), key=lambda result: result.index)
    orphans = footer["orphans"] if footer is not None else None
    return Report(header, results, footer, orphans)


@cache
def schema() -> Any:
    """The published JSON Schema of one line."""
    return json.loads(resources.files(__package__).joinpath("results.schema.json").read_text("utf-8"))


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise ResultsError(f"{path}: line {number} is not JSON: {error}") from error
    if not isinstance(fields, dict) or fields.get("kind") not in ("header", "result", "footer"):
        raise ResultsError(f"{path}: line {number} is not a header, a result or a footer")
    kind = fields["kind"]
    if kind == "header" and fields.get("schema") not in (1, SCHEMA):
        version = f"version {fields.get('schema')} of the results format"
        raise ResultsError(f"{path}: {version}; this suite reads version {SCHEMA}")
    if kind == "result":
        fields = {RENAMED.get(name, name): value for name, value in fields.items()}
    if missing := [name for name in schema()["$defs"][kind]["required"] if name not in fields]:
        raise ResultsError(f"{path}: line {number}: a {kind} without {', '.join(missing)}")
    return fields


def _result(path: Path, line: dict[str, Any]) -> Result:
    fields = _without(line, "kind")
    try:
        fields["source"], fields["outcome"] = Source(fields["source"]), Outcome(fields["outcome"])
        fields["fault"] = Fault(fields["fault"]) if fields["fault"] else None
        fields["violations"] = tuple(
            Violation(ViolationKind(each["kind"]), each["message"]) for each in fields.get("violations", ())
        )
        fields["missing"] = tuple(fields.get("missing", ()))
        return Result(**fields)
    except (TypeError, ValueError, KeyError) as error:
        raise ResultsError(f"{path}: {line['group']}/{line['scenario']}: {error}") from error


def _without(line: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in names}
