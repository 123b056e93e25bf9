"""``conformance torture`` shows what was tried and survived; a few of its cases are survived here.

No scenarios: each case is a run of the suite.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.cli import main
from conformance.commands.torture import command
from conformance.commands.torture.case import Case
from conformance.commands.torture.command import cases

SAMPLE = [
    "a backend that ends its process: os._exit(0)",
    "a conftest.py that replaces: what a call raised",
]


def raising(_: Path) -> str:
    raise LookupError("not there")


FAKE = [
    Case("a file", "good", lambda folder: "" if not list(folder.iterdir()) else "the folder is not empty"),
    Case("a file", "bad", lambda _: "it was believed"),
    Case("a server", "silent", raising),
]


def test_tried_and_survived_are_shown_by_kind_and_what_was_not_survived_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CORPORA", (SimpleNamespace(CASES=FAKE),))
    assert main(["torture"]) == 1
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if line.startswith("  a ")] == [
        ["a", "file", "2", "1"],
        ["a", "server", "1", "0"],
    ]
    assert "not survived: a file: bad: it was believed\n" in shown
    assert "not survived: a server: silent: LookupError: not there\n" in shown
    assert "3 tried, 1 survived\n" in shown
    assert main(["torture", "--only", "*good"]) == 0
    assert main(["torture", "--only", "nothing"]) == 5


def test_a_case_is_named_once() -> None:
    titles = [case.title for case in cases()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("title", SAMPLE)
def test_a_case_is_survived(title: str, tmp_path: Path) -> None:
    [case] = [case for case in cases() if case.title == title]
    assert case.attack(tmp_path) == ""
