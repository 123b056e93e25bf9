"""Each example of a library is one short backend over ``ChatLLM``, pinned, with its gaps in docs/findings.md.

Unit tests of the source text: the libraries are not installed here; each example runs in its own environment.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance.runner.collection.catalogue import entries
from conformance.runner.targets.live import ENGINE_DIALECTS

REPOSITORY = Path(__file__).parents[2]
APPLICATIONS = {"five-methods", "request-shaped"}
"""The examples without a library, which know nothing of ``ChatLLM``: test_applications.py."""

FOLDERS = sorted(
    path.parent
    for path in REPOSITORY.glob("examples/*/pyproject.toml")
    if path.parent.name not in APPLICATIONS
)
README = (REPOSITORY / "README.md").read_text("utf-8")
FINDINGS = (REPOSITORY / "docs" / "findings.md").read_text("utf-8")
LINES = 80
"""The length of a page, blank lines counted; an example in both faces has two."""

each_example = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))


def targets(folder: Path) -> dict[str, dict[str, Any]]:
    """The targets of an example, by ``backend/target``."""
    backends = project(folder)["tool"]["conformance"]["backends"]
    return {
        f"{backend}/{name}": target
        for backend, table in backends.items()
        for name, target in table["targets"].items()
    }


def section(folder: Path) -> str:
    """The section on an example in docs/findings.md; empty if there is none."""
    found = re.search(rf"^## {re.escape(folder.name)}\b.*?(?=^## |\Z)", FINDINGS, re.MULTILINE | re.DOTALL)
    return found.group() if found else ""


def test_there_are_examples() -> None:
    assert len(FOLDERS) >= 6


@each_example
def test_an_example_is_one_page_over_chat_llm(folder: Path) -> None:
    [source] = folder.glob("*.py")
    text = source.read_text("utf-8")
    backends = project(folder)["tool"]["conformance"]["backends"].values()

    assert len(text.splitlines()) < LINES * len(backends)
    for backend in backends:
        module, name = backend["class"].split(":")
        base = "AsyncChatLLM" if backend.get("asynchronous") else "ChatLLM"
        assert source.stem == module
        assert re.search(rf"class {name}\((\w+Calls, )?{base}\):", text)
    assert not re.search(r"# (noqa|type:)", text), "the linters make no exception for it"


@each_example
def test_the_dependencies_of_an_example_are_pinned(folder: Path) -> None:
    """All but ``llm-backend-conformance``, which is this checkout."""
    suite, *libraries = project(folder)["project"]["dependencies"]
    [extras] = re.findall(r"llm-backend-conformance\[(.*)\]", suite)

    asks_engine = any(target.get("source") != "script" for target in targets(folder).values())
    assert extras == ("suite,engine" if asks_engine else "suite")
    assert libraries
    assert not [library for library in libraries if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", library)]


@each_example
def test_an_example_is_asked_the_core_of_the_suite_and_recorded_where_the_engine_speaks_its_dialect(
    folder: Path,
) -> None:
    for name, target in targets(folder).items():
        assert target["scenarios"] == "core"
        own = target.get("replays", name).replace("@", "/")
        recordings = [*(folder / "cassettes" / own).glob("*/*.yaml")]
        assert bool(recordings) is (target["dialect"] in ENGINE_DIALECTS)
        assert (target.get("source") == "script") is not bool(recordings)
        assert not [path for path in recordings if not path.with_suffix(".json").exists()]


@each_example
def test_every_gap_is_a_scenario_with_a_link_and_in_the_findings(folder: Path) -> None:
    known = {entry.id for entry in entries()}
    for target in targets(folder).values():
        for scenario, why in target.get("gaps", {}).items():
            what, link = why.rsplit(": ", 1)
            assert scenario.partition("-")[0] in known
            assert what
            assert link.startswith("https://github.com/")
            assert f"`{scenario}`" in section(folder), scenario
            assert link in section(folder), link


@each_example
def test_the_findings_have_a_section_on_every_example(folder: Path) -> None:
    own = [target for target in targets(folder).values() if "replays" not in target]
    gaps = sum(len(target.get("gaps", {})) for target in own)
    [count] = re.findall(r"(\d+) known gaps?", section(folder))

    assert int(count) == gaps
    assert project(folder)["project"]["version"] in section(folder)


@each_example
def test_the_readme_has_a_row_for_every_example(folder: Path) -> None:
    """Otherwise: make examples."""
    declared = project(folder)
    backend, *_ = declared["tool"]["conformance"]["backends"].values()
    finding, _, link = backend["finding"].rpartition(": ")
    [row] = re.findall(rf"^\| {re.escape(folder.name)} {declared['project']['version']} \|.*$", README, re.M)
    [counts] = re.findall(rf"^## {re.escape(folder.name)}\n\n.*: (\d+ of \d+ passed.*)\.$", FINDINGS, re.M)

    assert f"{finding} ([upstream]({link}))" in row
    assert counts in row
