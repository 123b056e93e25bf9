"""A scenario that ends its worker, or does not end, is named once; the others are asked all the same.

No scenarios: what they would ask of a backend is that it does not end the process that asks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.file import read
from conformance.report.results import Outcome
from conformance.runner.watchdog import GIVE_UP
from tests.support.project import LABEL, Project, Run

BACKEND = """
import ctypes, os, signal, time

from tests.support.project_backend import PlainLLM


class FaultyLLM(PlainLLM):
    def invoke(self, messages, *args, **kwargs):
        exec(messages[0]["content"], globals())
"""

SCENARIOS = """
import pytest

def test_before(build):
    pass

@pytest.mark.parametrize("fault", FAULTS)
def test_fault(build, fault):
    build("http://127.0.0.1:9").invoke([{"role": "user", "content": fault}])

def test_after(build):
    pass
"""

FAULTS = {
    "os._exit(0)": "FaultyLLM ended the process, as os._exit or a signal does",
    "ctypes.string_at(0)": "the process crashed in FaultyLLM.invoke (mine.py:8): Segmentation fault",
    "time.sleep(60)": "still running after 2 s in FaultyLLM.invoke (mine.py:8)",
    "ctypes.PyDLL(None).sleep(60)": "still running after 2 s in FaultyLLM.invoke (mine.py:8)",
}


def project_of(folder: Path, *faults: str) -> Project:
    project = Project(folder, factory="mine:FaultyLLM")
    project.write("mine.py", BACKEND)
    project.write("test_invoke.py", SCENARIOS.replace("FAULTS", repr([*faults])))
    return project


def watched(project: Project) -> Run:
    return project.pytest("-n", "1", "--time-limit", "2", "--max-worker-restart", "9")


def test_the_offenders_are_named_and_the_others_are_asked(tmp_path: Path) -> None:
    run = watched(project_of(tmp_path, *FAULTS))

    assert run.status == pytest.ExitCode.TESTS_FAILED, run.output
    ended = [(result.outcome, result.reason) for result in run.results]
    assert ended[0] == ended[-1] == (Outcome.PASSED, "")
    assert ended[1:-1] == [(Outcome.ERRORED, reason) for reason in FAULTS.values()]
    assert not read(tmp_path / "results.jsonl").is_incomplete


def test_a_target_that_ends_too_many_processes_is_given_up(tmp_path: Path) -> None:
    """Each of them costs up to the time limit: a backend that never answers would take hours."""
    exits = [f"os._exit({number})" for number in range(GIVE_UP + 1)]
    run = watched(project_of(tmp_path, *exits))

    assert len([result for result in run.results if result.outcome is Outcome.ERRORED]) == GIVE_UP
    assert [str(each) for each in read(tmp_path / "results.jsonl").doubts] == [
        f"incomplete: {LABEL} was given up: 2 cases were not asked, too many ended their process"
    ]


CHANGES = {
    "os.chdir('/')": "the working directory became /",
    "os.environ.pop('HOME')": "the variable HOME was removed",
    "os.environ['HOME'] = '/'": "the variable HOME was changed",
    "os.environ['MY_KEY'] = 'sk-conformance-engine-key'": "the variable MY_KEY was set to the key",
    "signal.signal(signal.SIGINT, signal.SIG_IGN)": "the handler of SIGINT was changed",
    "os.close(2)": "stderr was closed",
}


@pytest.mark.parametrize(("fault", "change"), CHANGES.items(), ids=CHANGES.values())
def test_a_change_of_the_process_is_named_and_taken_back(tmp_path: Path, fault: str, change: str) -> None:
    before, changing, after = project_of(tmp_path, fault).inline().results

    assert (before.outcome, after.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert changing.outcome is Outcome.FAILED
    assert changing.reason.rpartition("changed the process that it runs in: ")[2] == change
