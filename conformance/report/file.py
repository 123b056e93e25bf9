"""The results file: written line by line as results arrive, so that a crash loses none of them."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO

from conformance.files import is_deeper, regular
from conformance.printable import printable
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
from conformance.report.schema import wrong

LONGEST = 64_000_000
"""Bytes of the longest line that is read; a run writes hundreds of kilobytes."""

DEPTH = 100
"""Levels of the most deeply nested line that is read."""


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
        # An answer may hold half a surrogate pair, which UTF-8 cannot encode; escaped, it is valid JSON.
        line = printable(json.dumps({"kind": kind, **fields}, ensure_ascii=False))
        self._file.write(line.encode("utf-8") + b"\n")
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
        OSError: it cannot be read.
    """
    with regular(path) as file:
        return parsed(path, file)


def parsed(path: Path, file: BinaryIO) -> Report:
    """The report in ``file``, which has the content of ``path``; like :func:`read`."""
    header: dict[str, Any] | None = None
    footer: dict[str, Any] | None = None
    results: list[Result] = []
    for number, line in enumerate(_lines(path, file), 1):
        if not line.endswith(b"\n"):
            # A process may be killed while it writes.
            footer = None
            break
        where = f"{path}: line {number}"
        fields = _parsed(where, line)
        kind = fields.pop("kind")
        if header is None and kind != "header":
            raise ResultsError(f"{path}: not a results file: it has no header")
        if (kind == "header" and header is not None) or footer is not None:
            raise ResultsError(f"{where}: a {kind} in this place: a file is a header, results and a footer")
        match kind:
            case "header":
                header = _without(fields, "schema")
            case "footer":
                footer = fields
            case _:
                results.append(_result(fields))
    if header is None:
        raise ResultsError(f"{path}: not a results file: it has no header")
    results.sort(key=lambda result: result.index)
    return Report(header, results, footer, footer["orphans"] if footer is not None else None)


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise ResultsError(f"{path}: a line is longer than {LONGEST // 1_000_000} MB")
        yield line


def _parsed(where: str, line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{where} is not JSON: {error}") from error
    if not isinstance(fields, dict) or fields.get("kind") not in ("header", "result", "footer"):
        raise ResultsError(f"{where} is not a header, a result or a footer")
    if is_deeper(fields, DEPTH):
        raise ResultsError(f"{where} is nested deeper than {DEPTH} levels")
    if fields["kind"] == "header":
        fields["schema"] = _version(where, fields.get("schema"))
    if fields["kind"] == "result":
        fields = {RENAMED.get(name, name): value for name, value in fields.items()}
    if found := wrong(fields):
        raise ResultsError(f"{where}: {found}")
    return fields


def _version(where: str, version: object) -> int:
    if version == 1:
        warnings.warn(f"{where}: version 1 of the results format; run the suite again", FutureWarning, 4)
    elif version != SCHEMA:
        raise ResultsError(
            f"{where}: version {version!a:.20} of the results format; this suite reads version {SCHEMA}"
        )
    return SCHEMA


def _number(text: str) -> float:
    """A number of JSON, which has neither NaN nor infinity; ValueError for another."""
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text:.20} is not a number of JSON")
    return number


def _result(fields: dict[str, Any]) -> Result:
    fields["source"], fields["outcome"] = Source(fields["source"]), Outcome(fields["outcome"])
    fields["fault"] = Fault(fields["fault"]) if fields["fault"] else None
    fields["violations"] = tuple(
        Violation(ViolationKind(each["kind"]), each["message"]) for each in fields.get("violations", ())
    )
    fields["missing"] = tuple(fields.get("missing", ()))
    return Result(**fields)


def _without(line: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in names}
