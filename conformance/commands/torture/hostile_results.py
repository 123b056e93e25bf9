"""Results files with a fault, brought to report, combine and diff: refused in a sentence, or shown."""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any

from conformance.commands.torture.case import Case
from conformance.commands.torture.files_tried import NO_FILES, Made, promise_broken, text
from conformance.report.results import SCHEMA

_PROGRAM = """
from conformance.cli import main
commands = (
    ["report", "--results", "bad.jsonl", "-o", "a/b/out"],
    ["combine", "bad.jsonl", "-o", "a/b/out/all.jsonl"],
    ["diff", "bad.jsonl", "bad.jsonl"],
)
sys.exit(max(main(each) for each in commands))
"""

_EXCHANGE: dict[str, Any] = {
    "request": {"method": "POST", "target": "/v1/chat", "headers": {}, "body": "{}", "bytes": 2},
    "answer": {"status": 200, "headers": {}, "pieces": [], "sent_in": 1, "bytes": 0, "ending": ""},
}
_CHECKED: dict[str, Any] = {"after": 1, "raised": False, "decoded": {}, "expected": {}}
_BACKEND: dict[str, Any] = {
    "backend": "openai",
    "target": "engine",
    "class": "x:Y",
    **dict.fromkeys(("package", "version", "homepage", "issues")),
    "model": "tiny",
    "dialect": "openai",
    "source": "script",
    "scenarios": "all",
}


def lines() -> list[dict[str, Any]]:
    """A results file with one result, as it should be."""
    header = {
        "kind": "header",
        "schema": SCHEMA,
        "suite": "0.1.0",
        "started": "2026-11-24T21:00:00Z",
        "platform": "Linux",
        "python": "3.11.7",
        "sdks": {},
        "command": "python -m pytest",
        "shard": None,
        "narrowed": [],
        "backends": [dict(_BACKEND)],
        "bugs": {"S-01": {"title": "cut", "sources": [{"name": "a#3", "url": "https://x.org/3"}]}},
    }
    result = {
        "kind": "result",
        **{"backend": "openai", "target": "engine", "group": "tools", "scenario": "call"},
        **{"source": "script", "outcome": "failed", "reason": "why", "rerun": "test_x.py::test_call"},
        **dict.fromkeys(("played", "unplayed", "live", "index"), 0),
        **dict.fromkeys(("measured", "law", "link", "cassette", "recorded", "server", "traceback"), ""),
        **{"fault": "law", "declared": None, "seconds": 0.1, "bugs": ["S-01"], "violations": []},
        "transcript": {
            "exchanges": [json.loads(json.dumps(_EXCHANGE))],
            "left_out": 0,
            "answers": [dict(_CHECKED)],
            "demanded": {"code": "", "given": {}},
            "compared": None,
        },
    }
    outcomes = ("passed", "failed", "errored", "known gap", "unsupported", "not judged", "unmeasured")
    counts = {**dict.fromkeys(outcomes, 0), "failed": 1}
    footer = {"kind": "footer", "runs": 1, "counts": counts, "exit_status": 1, "complete": True}
    return [header, result, {**footer, "lost": [], "orphans": []}]


def _file(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _with(place: str, value: Any) -> Made:
    """The file with another value at a place, ``header.shard``; ``...`` removes what is there."""
    whole = lines()
    name, *steps, last = place.split(".")
    holder: Any = whole[("header", "result", "footer").index(name)]
    for step in steps:
        holder = holder[int(step) if step.isdigit() else step]
    if value is ...:
        del holder[last]
    else:
        holder[int(last) if last.isdigit() else last] = value
    return text(_file(whole))


def _replaced(old: str, new: str) -> Made:
    return text(_file(lines()).decode().replace(old, new, 1))


_TRANSCRIPT = "result.transcript"
_ANSWER = f"{_TRANSCRIPT}.exchanges.0.answer"
_GOOD = _file(lines())
_HEADER, _RESULT, _FOOTER = (line + b"\n" for line in _GOOD.splitlines())
_MARKUP = "</script><img src=x onerror=alert(1)>"

REFUSED: dict[str, Made] = {
    **NO_FILES,
    "no file": lambda _: None,
    "nothing": text(""),
    "a zero byte": text(b"\0"),
    "zero bytes in a line": text(_HEADER + b"\0" * 99 + b"\n"),
    "UTF-16": text(_GOOD.decode().encode("utf-16")),
    "Latin-1": text(_GOOD.replace(b"why", b"\xe9")),
    "gzip": text(gzip.compress(_GOOD)),
    "a line of 70 MB": lambda path: path.write_bytes(_HEADER + b'"' + b"x" * 70_000_000),
    "two headers": text(_HEADER + _HEADER + _RESULT + _FOOTER),
    "the footer first": text(_FOOTER + _HEADER + _RESULT),
    "a result after the footer": text(_HEADER + _FOOTER + _RESULT),
    "a list": text(_HEADER + b"[]\n"),
    "a deep line": text(_HEADER + b"[" * 100_000 + b"]" * 100_000 + b"\n"),
    "a deep value": _with(f"{_TRANSCRIPT}.answers.0.decoded", json.loads('{"a":' * 300 + "1" + "}" * 300)),
    "NaN": _with("result.seconds", float("nan")),
    "infinity": _with("result.seconds", float("inf")),
    "an infinite number": _replaced('"seconds": 0.1', '"seconds": 1e999'),
    "a number of 5000 digits": _replaced('"played": 0', '"played": ' + "9" * 5000),
    "a number of 4000 digits": _replaced('"played": 0', '"played": ' + "9" * 4000),
    "a count below 0": _with("result.played", -1),
    "true as a number": _with("result.live", True),
    "a text as a number": _with(f"{_TRANSCRIPT}.left_out", _MARKUP),
    "a text as a status": _with(f"{_ANSWER}.status", _MARKUP),
    "a number as a text": _with("result.reason", 1),
    "null as a text": _with("result.law", None),
    "a text as a list": _with("result.bugs", "S-01"),
    "a field that nobody knows": _with("result.colour", "red"),
    "a field that is missing": _with("result.rerun", ...),
    "an outcome that nobody knows": _with("result.outcome", "perfect"),
    "a name with a line end": _with("result.target", "a\nb"),
    "a name with a zero byte": _with("result.group", "a\0b"),
    "a name that turns the line around": _with("result.backend", "a\u202eb"),
    "a name of 300 characters": _with("result.backend", "x" * 300),
    "no name": _with("result.target", ""),
    "a homepage that runs": _with("header.backends.0.homepage", "javascript:alert(1)"),
    "a page without encryption": _with("header.backends.0.issues", "http://x.org"),
    "a source that runs": _with("header.bugs.S-01.sources.0.url", "data:text/html,x"),
    "a link that runs": _with("result.link", "javascript:alert(1)"),
    "a command with a second one": _with("header.command", "python -m pytest; rm -rf ~"),
    "a command with a command in it": _with("header.command", "python -m pytest $(rm -rf ~)"),
    "another command": _with("header.command", "rm -rf ~"),
    "a shard of a trillion": _with("header.shard", "1/999999999999"),
    "a shard of none": _with("header.shard", "1/0"),
    "an exit status that is 0 in 8 bits": _with("footer.exit_status", 256),
    "another version": _with("header.schema", 99),
    "a version of 4000 digits": _replaced(f'"schema": {SCHEMA}', '"schema": ' + "9" * 4000),
}
"""Every command refuses these."""

SHOWN: dict[str, Made] = {
    "5000 groups": text(
        b"".join(_RESULT.replace(b'"tools"', b'"g%d"' % number) for number in range(5_000)).join(
            (_HEADER, b"")
        )
    ),
    "a byte order mark": text(b"\xef\xbb\xbf" + _GOOD),
    "CRLF": text(_GOOD.replace(b"\n", b"\r\n")),
    "no line end": text(_GOOD.rstrip()),
    "only a header": text(_HEADER),
    "half a line": text(_GOOD[:-9]),
    "a backend that leads outside": _with("result.backend", "../../../outside"),
    "a target that leads outside": _with("result.target", "/../../../../outside"),
    "a group that leads outside": _with("result.group", "/../../../../outside"),
    "a name for Windows": _with("result.backend", "..\\..\\outside"),
    "a device of Windows": _with("result.backend", "CON"),
    "a drive of Windows": _with("result.target", "C:outside"),
    "half a surrogate pair": _with("result.reason", "\ud83e"),
    "markup in a name": _with("result.scenario", _MARKUP),
    "markup of the terminal's library": _with("result.target", "[/x][link=file:///]"),
    "markup of Markdown": _with("result.group", "a|b`c`"),
    "quotes in a test id": _with("result.rerun", "x'; rm -rf ~; '"),
    "a repeated key": _replaced('"reason": "why"', '"reason": "why", "reason": "other"'),
    "a path that is no path": _with(f"{_TRANSCRIPT}.exchanges.0.request.target", "//["),
    "a server that is no address": _with("result.server", "http://["),
    "a body that is deep": _with(f"{_TRANSCRIPT}.exchanges.0.request.body", "[" * 9999),
    "a bug that nobody knows": _with("result.bugs", ["__proto__", "constructor"]),
}
"""Every command ends in order; what it writes is where it was told to write."""


def _tried(made: Made, statuses: tuple[int, ...], names: str, folder: Path) -> str:
    made(folder / "bad.jsonl")
    (folder / "a" / "b").mkdir(parents=True)
    return promise_broken(folder, _PROGRAM, names, statuses)


CASES = (
    *(
        Case("a results file: refused", name, partial(_tried, made, (2,), "bad.jsonl"))
        for name, made in REFUSED.items()
    ),
    *(
        Case("a results file: shown", name, partial(_tried, made, (0, 1, 2), ""))
        for name, made in SHOWN.items()
    ),
)
