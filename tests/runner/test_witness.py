"""A scenario that was not asked to its end has not passed, whatever a project says of it.

No scenarios: each is about a conftest.py. ``make torture`` tries more of them, with the suite itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.file import read
from conformance.report.results import Outcome
from tests.support.project import LABEL, Project

SCENARIOS = """
def test_right(target):
    pass

def test_wrong(target):
    assert False, "wrong"
"""

HOOKS = """
import pytest

first, last = pytest.hookimpl(tryfirst=True), pytest.hookimpl(trylast=True)
outer = pytest.hookimpl(wrapper=True, tryfirst=True)

"""

EXCUSES = {
    "the function is not called": "@first\ndef pytest_pyfunc_call(pyfuncitem): return True",
    "the item does nothing": (
        "def pytest_collection_modifyitems(items):\n    for item in items: item.runtest = lambda: None"
    ),
    "what it raised is swallowed": (
        "@outer\ndef pytest_runtest_call(item):\n    try: return (yield)\n    except Exception: return None"
    ),
    "the report is made of something else": (
        "@first\ndef pytest_runtest_makereport(item, call): call.excinfo = None"
    ),
    "the report says something else": (
        "@outer\ndef pytest_runtest_makereport(item, call):\n"
        "    report = yield\n    report.outcome = 'passed'\n    return report"
    ),
    "the log says something else": (
        "@first\ndef pytest_runtest_logreport(report): report.outcome = 'passed'"
    ),
    "it is asked twice": (
        "from _pytest.runner import runtestprotocol\n"
        "@first\ndef pytest_runtest_protocol(item, nextitem):\n"
        "    for _ in range(2): runtestprotocol(item, log=True, nextitem=nextitem)\n    return True"
    ),
}


@pytest.mark.parametrize("hook", EXCUSES.values(), ids=EXCUSES)
def test_a_wrong_answer_has_not_passed(tmp_path: Path, hook: str) -> None:
    project = Project(tmp_path)
    project.append("conftest.py", HOOKS + hook)
    project.write("test_invoke.py", SCENARIOS)
    run = project.inline()
    outcomes = {result.scenario: result.outcome for result in run.results}
    assert outcomes["wrong"] in (Outcome.ERRORED, Outcome.FAILED)
    assert len(run.results) == 2, "one result a scenario"


LEAVING_OUT = {
    "the protocol": "@first\ndef pytest_runtest_protocol(item): return True",
    "the loop": (
        "@first\ndef pytest_runtestloop(session):\n"
        "    is_controller = session.config.option.dist != 'no'\n"
        "    return None if is_controller and not hasattr(session.config, 'workerinput') else True"
    ),
    "the items": "@last\ndef pytest_collection_modifyitems(items): items.clear()",
}


@pytest.mark.parametrize("hook", LEAVING_OUT.values(), ids=LEAVING_OUT)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_has_no_result_is_named_and_fails_the_run(tmp_path: Path, hook: str, workers: str) -> None:
    project = Project(tmp_path)
    project.append("conftest.py", HOOKS + hook)
    project.write("test_invoke.py", SCENARIOS)
    run = project.inline("-n", workers)
    assert run.status != pytest.ExitCode.OK
    told = {str(doubt) for doubt in read(tmp_path / "results.jsonl").doubts}
    assert told == {f"incomplete: {LABEL} invoke/{name} gave no result" for name in ("right", "wrong")}


REPLACING = """
import pytest

@pytest.fixture(autouse=True)
def replacing():
    import {module} as module
    module.{name} = lambda *args, **kwargs: None
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("conformance.spec.laws", "well_formed"),
        ("time", "monotonic"),
        ("json", "loads"),
        ("pytest", "raises"),
    ],
)
def test_what_is_replaced_in_the_suite_is_told_and_put_back(tmp_path: Path, module: str, name: str) -> None:
    project = Project(tmp_path)
    project.append("conftest.py", REPLACING.format(module=module, name=name))
    project.write("test_invoke.py", "def test_right(target): pass\n")
    [result] = project.inline().results
    assert result.outcome is Outcome.FAILED
    assert f"{module}.{name} was replaced" in result.reason
