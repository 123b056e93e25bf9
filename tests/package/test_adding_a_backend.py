"""docs/adding-a-backend.md is true: its files are written, its commands run, its output compared.

No recording tests: they follow the page, in another repository with the suite installed from its wheel.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from conformance.report.results import Outcome
from tests.package.guide import BLOCKS, GATEWAY, PAGE
from tests.package.wheel_environment import OtherProject, wheel_environment

CUT = """

class Cut(EventChunks):
    def __iter__(self):
        chunks = super().__iter__()
        lost = next(chunk for chunk in chunks if chunk["choices"][0]["delta"].get("content"))
        yield from chunks
"""
"""Drops the beginning of a streamed text."""

STREAM = "conformance.scenarios.test_stream"


@dataclass(frozen=True)
class Step:
    """A command of the page, the output that the page shows, and what came of it."""

    command: str
    shown: str
    status: int
    output: str


@dataclass(frozen=True)
class Followed:
    """The page, followed to its end in another repository."""

    project: OtherProject
    steps: list[Step]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    project = OtherProject(tmp_path_factory.mktemp("gateway"), wheel_environment(tmp_path_factory))
    return Followed(project, [*steps(project)])


def steps(project: OtherProject) -> Iterator[Step]:
    """Write each file of the page and run each command, in the order of the page."""
    for language, name, text in BLOCKS:
        if name:
            project.write(name, text)
        if language == "console" and not text.startswith("$ pip install"):
            command, _, shown = text.removeprefix("$ ").partition("\n")
            program, *arguments = shlex.split(command)
            run = project.pytest(*arguments) if program == "pytest" else project.run(program, *arguments)
            yield Step(command, shown, run.returncode, run.stdout)


def missing(shown: str, output: str) -> str | None:
    """The first line of ``shown`` that is not in ``output`` in this order; ``…`` matches anything.

    The number of spaces is ignored, for it depends on the width of a table.
    """
    lines = (" ".join(line.split()) for line in output.splitlines())
    for line in shown.splitlines():
        words = " ".join(line.split())
        pattern = ".*".join(map(re.escape, words.split("…")))
        if words not in ("", "…") and not any(re.search(pattern, each) for each in lines):
            return line
    return None


def test_the_six_steps_lead_to_a_green_matrix(followed: Followed) -> None:
    for step in followed.steps:
        assert missing(step.shown, step.output) is None, f"{step.command}\n{step.output}"
    assert [step.status for step in followed.steps] == [1, 0, 0, 0, 0]
    assert re.findall(r"^## (\d)\.", PAGE, re.MULTILINE) == list("123456")


def test_a_break_of_the_recorded_backend_is_found_and_the_named_test_finds_it_again(
    followed: Followed,
) -> None:
    project = followed.project
    project.write("gateway.py", GATEWAY.replace("return EventChunks", "return Cut") + CUT)

    run, report = project.suite("--only-recorded", "--scenario", "stream/joined*", "-n", "2", tests=STREAM)

    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    [result] = report.results
    assert (result.label, result.outcome, result.live) == ("gateway@engine", Outcome.FAILED, 0)
    assert re.search(r"^E +(AssertionError: )?assert '.* == 'A B C", result.traceback, re.M), result.traceback
    [backend] = report.header["backends"]
    assert (backend["package"], backend["version"]) == ("gateway", "1.0.0")

    again = project.pytest(*report.header["command"].split()[3:], result.rerun, "-q")
    assert (again.returncode, "1 failed" in again.stdout) == (1, True), again.stdout


def test_the_comparison_finds_a_missing_line() -> None:
    """A unit test of the comparison that the first test uses."""
    assert missing("one\n…\nthree …", "one\ntwo\nthree 3") is None
    assert missing("one\nfour", "one\ntwo\nthree") == "four"
    assert missing("two\none", "one\ntwo") == "one"
