"""Lists of routes: what they declare, and which scenarios they are asked.

Unit tests of declarations, and one run of a scratch project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import BindingError, Target
from tests.support.project import Project, Run

LIST = """
[tool.conformance.backends.openai.routes.others]
names = ["one", "two"]
model = "{route}/tiny"
dialect = "openai"
path = "/v1"

[tool.conformance.backends.openai.routes.others.gaps.two]
"group/whole" = "it cannot, https://example.org/1"
"""

SCENARIOS = """
import pytest

@pytest.mark.routes
def test_whole(target):
    assert target.name != "two"

@pytest.mark.routes("b")
@pytest.mark.parametrize("case", ["a", "b"])
def test_one_case(case, target):
    pass

@pytest.mark.core
def test_core(target):
    pass
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("routes"))
    project.append("pyproject.toml", LIST)
    project.write("test_group.py", SCENARIOS)
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.inline("--matrix")


def titles(run: Run) -> list[str]:
    return sorted(result.title for result in run.results)


def test_each_name_is_a_target(project: Project) -> None:
    _, one, two = bound_targets(project.folder / "pyproject.toml")
    common: dict[str, Any] = {
        "dialect": "openai",
        "path": "/v1",
        "source": "script",
        "scenarios": "routes",
        "asynchronous": False,
    }
    gaps = {"group/whole": "it cannot, https://example.org/1"}
    factory = one.factory
    assert one == Target("openai", "one", factory, "one/tiny", **common)
    assert two == Target("openai", "two", factory, "two/tiny", gaps=gaps, **common)


def test_a_route_is_asked_what_is_marked_for_routes(run: Run) -> None:
    of_routes = ["group/one_case-b", "group/whole"]
    assert titles(run) == [
        *(f"openai@engine group/{name}" for name in ("core", "one_case-a", "one_case-b", "whole")),
        *(f"openai@one {name}" for name in of_routes),
        *(f"openai@two {name}" for name in of_routes),
    ]
    assert run.status == 0


def test_routes_are_counted_apart(run: Run) -> None:
    assert "routes of openai: 1 of 2 passed; known gap: two" in run.output
    assert "1 backend, 1 target, 2 routes, 3 scenarios, 4 cases" in run.output


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ("openai@routes", ["one", "one", "two", "two"]),
        ("routes", ["one", "one", "two", "two"]),
        ("openai@tw*", ["two", "two"]),
        ("one", ["one", "one"]),
        ("openai@tw*,one", ["one", "one", "two", "two"]),
    ],
)
def test_a_run_can_be_narrowed_to_routes(project: Project, pattern: str, asked: list[str]) -> None:
    run = project.inline("--target", pattern)
    assert sorted(result.target for result in run.results) == asked


GOOD = 'names = ["one"]\nmodel = "{route}/m"\ndialect = "openai"'


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (GOOD.replace('["one"]', '"one"'), "has no names"),
        (GOOD.replace("{route}/", ""), r"model must be a text with \{route\} in it"),
        (f"{GOOD}\ncolour = 'red'", "colour"),
        (f"{GOOD}\ngaps.three = {{}}", "known gaps of no route: three"),
        (GOOD.replace('"one"', '"one", "one"'), "declared twice, .*: openai@one"),
        (GOOD.replace('"one"', '"engine"'), "declared twice, .*: openai@engine"),
    ],
    ids=["names", "model", "unknown", "gap", "twice", "as-a-target"],
)
def test_a_wrong_list_is_named(settings: str, message: str, tmp_path: Path) -> None:
    project = Project(tmp_path)
    table = "[tool.conformance.backends.openai.routes.others]"
    project.append("pyproject.toml", f"\n{table}\n{settings}\n")
    with pytest.raises(BindingError, match=message):
        bound_targets(tmp_path / "pyproject.toml")
