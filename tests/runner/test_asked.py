"""Which tests are made of the suite's own scenarios: those that a chosen target is asked, and no other.

No recording tests: nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.report.results import Source
from conformance.runner.collection.asked import LARGEST_OVERFLOWN, Marks, marks_of_cases, names_of_cases
from conformance.runner.collection.scenario import Scenario
from conformance.runner.targets.target import Target
from conformance.servers.hosted import HostedServer
from tests.support.project import LABEL, Project

ROUTES = """
[tool.conformance.backends.openai.routes.others]
names = ["one", "two"]
model = "{route}/tiny"
dialect = "openai"
"""

FILE = "conformance.scenarios.test_call_ids"
"""A file of the suite with a scenario for one other wire, one for all wires, and two with cases for some."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("asked"))
    project.append("pyproject.toml", ROUTES)
    return project


def collected(project: Project, *options: str) -> tuple[list[str], str]:
    """The tests of the file, each without what they share, and the line that counts them."""
    run = project.inline("--collect-only", "--pyargs", FILE, *options)
    return re.findall(r"::test_(\S+)", run.output), run.output.strip().splitlines()[-1]


def test_a_test_is_made_of_each_case_that_is_asked_and_of_no_other(project: Project) -> None:
    tests, counted = collected(project)
    assert {each.rpartition("[")[0] for each in tests} == {
        *("ids_of_other_providers_fit_the_receiver", "calls_without_ids_of_their_own_get_some"),
        "an_id_goes_back_unchanged_to_its_provider",
    }
    assert not [each for each in tests if "anthropic" in each or LABEL not in each]
    # pytest itself makes a test of the function without a case.
    assert counted.startswith(f"{len(tests) + 1} tests collected")


def test_a_run_that_is_narrowed_makes_fewer_tests_and_counts_them_rightly(project: Project) -> None:
    everything, _ = collected(project)
    some, counted = collected(project, "--scenario", "call_ids/calls_without*")
    assert some == [each for each in everything if each.startswith("calls_without")]
    assert counted.startswith(f"{len(some)}/{len(some) + 3} tests collected (3 deselected)")


def test_a_narrowed_run_knows_nothing_of_other_targets(project: Project) -> None:
    """A route is asked none of these, and so the second pattern matches nothing."""
    options = ("--target", "one", "--scenario", "tools/call-one_call", "--scenario", "call_ids")
    run = project.inline("--pyargs", FILE, "conformance.scenarios.test_tools", "--collect-only", *options)
    assert re.findall(r"::test_(\S+)", run.output) == ["call[openai@one-one_call]"]
    assert "--scenario call_ids: matches nothing that was collected" in run.output


HOSTED = HostedServer("https://api.example.org", key="KEY")
TARGET = Target("openai", "x", "p:C", "m", "openai", source="script", scenarios="core", hosted=HOSTED)
ROUTE = replace(TARGET, scenarios="routes", hosted=None)
OWN = replace(TARGET, scenarios="all", source="recording")
FREE = replace(HOSTED, key="")
MARK = pytest.mark


@pytest.mark.parametrize(
    ("marks", "asked", "others"),
    [
        ([], [OWN], [TARGET, ROUTE]),
        ([MARK.core], [OWN, TARGET], [ROUTE]),
        ([MARK.routes("b")], [OWN, ROUTE], [TARGET, replace(ROUTE, name="a")]),
        ([MARK.routes], [ROUTE, replace(ROUTE, name="a")], [TARGET]),
        ([MARK.provoked], [OWN, TARGET], [replace(TARGET, hosted=None), replace(TARGET, name="script")]),
        ([MARK.provoked("key")], [TARGET], [replace(TARGET, hosted=FREE)]),
        ([MARK.without("image")], [replace(OWN, capabilities={"image": False})], [OWN]),
        ([MARK.refused("wrong_key")], [OWN], [replace(OWN, accepts=("wrong_key",))]),
        ([MARK.overflows], [replace(OWN, context=9)], [OWN, replace(OWN, context=LARGEST_OVERFLOWN + 1)]),
        ([MARK.sse], [OWN], [replace(OWN, dialect="bedrock")]),
        ([MARK.dialects("openai")], [OWN], [replace(OWN, dialect="cohere")]),
        ([MARK.dialects(but=("cohere",))], [OWN], [replace(OWN, dialect="cohere")]),
        # The closest counts.
        ([MARK.dialects("openai"), MARK.dialects("cohere")], [OWN], [replace(OWN, dialect="cohere")]),
    ],
    ids=lambda value: "-".join(mark.name for mark in value) if value and hasattr(value[0], "name") else "",
)
def test_the_marks_say_which_targets_are_asked(
    marks: Sequence[pytest.MarkDecorator], asked: Sequence[Target], others: Sequence[Target]
) -> None:
    of_case = Marks.of([each.mark for each in marks])
    for target in [*asked, *others]:
        source = Source.SCRIPT if target.name == "script" else Source.RECORDING
        case = target.name if target.name == "a" else "b"
        scenario = Scenario("group", f"name-{case}", target, source, Path())
        assert of_case.admit(target, scenario) is (target in asked), target


@pytest.mark.parametrize("mark", [MARK.routes("b"), MARK.provoked], ids=["routes", "provoked"])
def test_before_its_cases_are_known_a_target_may_be_asked_some(mark: pytest.MarkDecorator) -> None:
    assert Marks.of([mark.mark]).admit(TARGET if mark.name == "provoked" else ROUTE)


def test_the_marks_of_cases_stand_between_those_of_the_test_and_of_its_file() -> None:
    cases = ["plain", pytest.param("one", marks=MARK.core), pytest.param("two", marks=[MARK.core])]
    own = [MARK.level(2).mark, MARK.parametrize("case", cases).mark]
    kinds = marks_of_cases(own, [MARK.level(1).mark, MARK.sse.mark])
    assert [{*kind.closest} for kind in kinds] == [
        {"level", "parametrize", "sse"},
        {"level", "parametrize", "sse", "core"},
    ]
    assert {kind.closest["level"].args for kind in kinds} == {(2,)}
    assert names_of_cases(own) == {"core"}
