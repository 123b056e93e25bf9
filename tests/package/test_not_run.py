"""What only a maintainer's machine has is no silent skip: the last lines say what was not run, and why."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import REPOSITORY, Project

CHOSEN = (
    "tests/provider/test_anthropic.py::test_real_answers",
    "tests/recording/test_twice.py",
    "tests/report/test_contract.py",
    "tests/report/test_libraries.py::test_a_page_without_libraries_has_no_bars",
)
"""Two tests that read recorded traffic, and three that look at the page; each two in two files."""


def test_a_clone_alone_is_told_once_for_each_reason(tmp_path: Path) -> None:
    project, traffic = Project(tmp_path), tmp_path / "traffic"
    run = project.pytest(
        *("--rootdir", str(REPOSITORY), "-c", str(REPOSITORY / "pyproject.toml"), "-o", "addopts=-ra"),
        *(str(REPOSITORY / each) for each in CHOSEN),
        PATH=str(tmp_path),
        CONFORMANCE_TRAFFIC=str(traffic),
    )
    assert run.status == 0, run.output
    dots, *said, _ = run.output.splitlines()
    assert dots.startswith("sssss ")
    assert said == [
        "3 tests not run: the page is shown in chromium, which is not installed: apt-get install chromium",
        "2 tests not run: recorded traffic of providers is not ours to hand on, and there is none in "
        f"{traffic}; CONFORMANCE_TRAFFIC may name another folder",
    ]
