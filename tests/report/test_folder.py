"""The folder of a report: the Markdown summary, the badges, and the command that writes them.

Unit tests of functions over results, and runs of a scratch project for the command.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.report.file import read
from conformance.report.folder import write_folder
from conformance.report.results import Source
from conformance.report.summary import SHOWN, badges, markdown
from tests.report.reports import Outcome, report, result
from tests.support.project import Project, Run

SCENARIOS = """
def test_good(target):
    pass

def test_bad(target):
    assert not "always"
"""


def rows(text: str) -> dict[str, list[str]]:
    """The cells of the table by their first."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {name: [cell.strip() for cell in cells] for name, *cells in lines}


def test_the_summary_has_a_row_per_target_fewest_problems_first() -> None:
    results = [
        result("bad@x", "tools/a", Outcome.FAILED, reason="assert 1"),
        result("bad@x", "tools/b", source=Source.SCRIPT),
        result("good@x", "tools/a"),
        result("good@x", "tools/c", Outcome.UNSUPPORTED),
    ]
    table = rows(markdown(report(*results)))
    assert list(table) == ["target", "---", "good@x", "bad@x"]
    assert dict(zip(table["target"], table["bad@x"], strict=True)) == {
        "passed": "1/2",
        "failed": "1",
        "unsupported": "",
        "recorded": "1",
        "live": "",
        "derived": "",
        "scripted": "1",
    }
    assert table["good@x"][0] == "1/2", "what is unsupported is not passed"


def test_the_summary_heads_the_targets_that_only_scripts_answered() -> None:
    results = [result("one@script", "tools/a", source=Source.SCRIPT), result("one@x", "tools/a")]
    heads = ["target", "---", "one@x", "*scripts only: no server has been asked*", "one@script"]
    assert list(rows(markdown(report(*results)))) == heads
    assert list(rows(markdown(report(results[1])))) == heads[:3]


def test_the_summary_lists_the_worst_problems_first_and_counts_the_rest() -> None:
    results = [
        result("one@x", "tools/gap", Outcome.KNOWN_GAP, reason="waits: https://x.org/a_b"),
        *(result("one@x", f"tools/{n}", Outcome.FAILED, cause=f"no {n}") for n in range(SHOWN)),
        *(result("one@x", f"tools/same-{n}", Outcome.FAILED, cause="no 3", expected="`3`") for n in range(2)),
        result("one@x", "tools/crash", Outcome.ERRORED, reason="KeyError"),
    ]
    shown = [line for line in markdown(report(*results)).splitlines() if line.startswith("- ")]
    assert shown[0] == "- 1 case errored: KeyError; e.g. `one@x tools/crash`"
    assert shown[1] == "- 3 cases failed: no 3; e.g. `one@x tools/3`"
    assert shown[-2:] == [
        "- and 1 cause more",
        "- known gap: `one@x tools/gap`: waits: https://x.org/a_b",
    ]
    assert len(shown) == SHOWN + 2


def test_markup_in_a_reason_is_escaped_and_a_link_stays_a_link() -> None:
    reason = "<b>|*a_b* [x](y) https://x.org/a_b and `c`"
    text = markdown(report(result("one@x", "tools/a", Outcome.FAILED, reason=reason)))
    assert r"\<b\>\|\*a\_b\* \[x\](y) https://x.org/a_b and \`c\`" in text


def test_the_summary_says_when_the_run_was_partial_or_incomplete() -> None:
    whole = report(result("one@x", "tools/a"), shard="2/5", narrowed=["--target openai@*"])
    assert "> **partial run: shard 2/5**" in markdown(whole)
    assert r"> **partial run: narrowed by --target openai@\***" in markdown(whole)
    whole.footer = None
    assert "> **incomplete: the run was interrupted; results written: 1**" in markdown(whole)


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [
        (Outcome.PASSED, "brightgreen"),
        (Outcome.UNSUPPORTED, "brightgreen"),
        (Outcome.NOT_JUDGED, "brightgreen"),
        (Outcome.KNOWN_GAP, "yellow"),
        (Outcome.UNMEASURED, "yellow"),
        (Outcome.FAILED, "red"),
        (Outcome.ERRORED, "red"),
    ],
)
def test_a_badge_has_the_colour_of_its_worst_result_and_counts_only_what_passed(
    outcome: Outcome, colour: str
) -> None:
    found = badges(report(result("one@x", "tools/a", outcome), result("one@x", "usage/b")))
    passed = 2 if outcome is Outcome.PASSED else 1
    only = "lightgrey" if colour == "brightgreen" and not passed - 1 else colour
    assert {name: (badge["label"], badge["message"], badge["color"]) for name, badge in found.items()} == {
        "one@x.json": ("one@x", f"{passed}/2", colour),
        "one@x.tools.json": ("one@x tools", f"{passed - 1}/1", only),
        "one@x.usage.json": ("one@x usage", "1/1", "brightgreen"),
    }
    assert all(badge["schemaVersion"] == 1 for badge in found.values())


def test_the_badge_of_an_incomplete_run_says_so_and_is_not_green() -> None:
    part = report(result("one@x", "tools/a"), switched_off=["one@x tools/b: was skipped"])
    for badge in badges(part).values():
        assert (badge["message"], badge["color"]) == ("1/1, incomplete", "yellow")


def test_badges_of_an_earlier_run_are_deleted(tmp_path: Path) -> None:
    write_folder(report(result("gone@x", "tools/a")), tmp_path)
    write_folder(report(result("one@x", "tools/a")), tmp_path)
    assert sorted(path.name for path in (tmp_path / "badges").iterdir()) == ["one@x.json", "one@x.tools.json"]


def test_half_a_surrogate_pair_breaks_neither_page_nor_summary(tmp_path: Path) -> None:
    broken = result("one@x", "tools/a", Outcome.FAILED, reason="half a crab: \ud83e", traceback="\ud83e")
    write_folder(report(broken), tmp_path)
    assert r"half a crab: \\ud83e" in (tmp_path / "summary.md").read_text("utf-8")
    assert "half a crab" in (tmp_path / "index.html").read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    project.write("scenarios/test_group.py", SCENARIOS)
    monkeypatch.chdir(tmp_path)
    return project


COMMAND = """
import sys
from pathlib import Path
from conformance.commands.report import write_report
sys.exit(write_report(Path("report"), {arguments!r}))
"""


def run(project: Project, *arguments: str) -> Run:
    """The command with the scenarios of the project, which are faster than the suite's."""
    scenarios = [str(project.folder / "scenarios"), "-c", "pyproject.toml", "-q", "-p", "no:cacheprovider"]
    return project.run("-c", COMMAND.format(arguments=[*scenarios, *arguments]))


def test_the_command_writes_every_file_and_has_the_status_of_the_suite(project: Project) -> None:
    done = run(project)
    folder = project.folder / "report"
    assert done.status == pytest.ExitCode.TESTS_FAILED, done.output
    assert done.output.splitlines()[-1] == str(Path("report", "index.html"))
    assert {each.outcome for each in read(folder / "results.jsonl")} == {Outcome.PASSED, Outcome.FAILED}
    assert "<!doctype html>" in (folder / "index.html").read_text("utf-8")
    assert "**1 of 2 runs passed, 1 failed**" in (folder / "summary.md").read_text("utf-8")
    assert len(list(ElementTree.parse(folder / "junit.xml").iter("testcase"))) == 2
    badge = json.loads((folder / "badges" / "openai@engine.group.json").read_text("utf-8"))
    assert (badge["message"], badge["color"]) == ("1/2", "red")


def test_a_run_that_cannot_start_leaves_no_report_of_an_earlier_run(project: Project) -> None:
    run(project)
    done = run(project, "--no-such-option")
    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert [path.name for path in (project.folder / "report").iterdir()] == ["badges"]


def test_without_jinja_the_results_are_kept_and_the_message_says_what_to_install(project: Project) -> None:
    project.write("jinja2.py", "raise ModuleNotFoundError(\"No module named 'jinja2'\")")
    done = run(project)
    assert done.status == 2, done.output
    assert "No module named 'jinja2': pip install 'llm-backend-conformance[report]'" in done.output
    assert read(project.folder / "report" / "results.jsonl").results
