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
import ctypes, os, signal, sys, threading, time

import pytest

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
    "ctypes.string_at(0)": "the process crashed in FaultyLLM.invoke (mine.py:10): Segmentation fault",
    "time.sleep(60)": "still running after 2 s in FaultyLLM.invoke (mine.py:10)",
    "ctypes.PyDLL(None).sleep(60)": "still running after 2 s in FaultyLLM.invoke (mine.py:10)",
}


def project_of(folder: Path, *faults: str) -> Project:
    project = Project(folder, factory="mine:FaultyLLM")
    project.write("mine.py", BACKEND)
    project.write("test_invoke.py", SCENARIOS.replace("FAULTS", repr([*faults])))
    return project


def watched(project: Project) -> Run:
    return project.new_pytest("-n", "1", "--time-limit", "2", "--max-worker-restart", "9")


def test_the_offenders_are_named_and_the_others_are_asked(tmp_path: Path) -> None:
    run = watched(project_of(tmp_path, *FAULTS))

    assert run.status == pytest.ExitCode.TESTS_FAILED, run.output
    ended = [(result.outcome, result.reason) for result in run.results]
    assert ended[0] == ended[-1] == (Outcome.PASSED, "")
    assert ended[1:-1] == [(Outcome.ERRORED, reason) for reason in FAULTS.values()]
    assert not read(tmp_path / "results.jsonl").is_incomplete


@pytest.mark.parametrize(
    "fault",
    [
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "__import__('faulthandler').cancel_dump_traceback_later(); time.sleep(60)",
    ],
    ids=["stopped", "without its watchdog"],
)
def test_a_worker_that_cannot_end_itself_is_ended(tmp_path: Path, fault: str) -> None:
    run = watched(project_of(tmp_path, fault))
    assert [result.reason for result in run.results] == ["", "still running after 2 s", ""]


@pytest.mark.parametrize(
    "fault",
    ["sys.exit(0)", "raise KeyboardInterrupt", "pytest.exit('bye', returncode=0)", "pytest.skip('no')"],
)
def test_what_would_end_the_run_fails_the_scenario(tmp_path: Path, fault: str) -> None:
    run = watched(project_of(tmp_path, fault))
    assert run.status == pytest.ExitCode.TESTS_FAILED
    outcomes = [result.outcome for result in run.results]
    assert outcomes == [Outcome.PASSED, Outcome.ERRORED, Outcome.PASSED]


def test_a_target_that_ends_too_many_processes_is_given_up(tmp_path: Path) -> None:
    """Each of them costs up to the time limit: a backend that never answers would take hours."""
    exits = [f"os._exit({number})" for number in range(GIVE_UP + 1)]
    run = watched(project_of(tmp_path, *exits))

    assert len([result for result in run.results if result.outcome is Outcome.ERRORED]) == GIVE_UP
    assert [str(each) for each in read(tmp_path / "results.jsonl").doubts] == [
        f"incomplete: {LABEL} was given up: 2 cases were not asked, too many ended their process"
    ]
    not_asked = [result.reason for result in run.results if result.outcome is Outcome.UNMEASURED]
    assert [reason.rpartition("Skipped: ")[2] for reason in not_asked] == [
        f"not asked: {LABEL} has ended {GIVE_UP} processes"
    ] * 2


DIALOGUE, COUNT = "from conformance.spec.dialogue import text", "conformance.spec.dialogue.text.COUNT"

CHANGES = {
    "os.chdir('/')": "the working directory became /",
    "os.environ.pop('HOME')": "the variable HOME was removed",
    "os.environ['HOME'] = '/'": "the variable HOME was changed",
    "os.environ['MY_KEY'] = 'sk-conformance-engine-key'": "the variable MY_KEY was set to the key",
    "signal.signal(signal.SIGINT, lambda *_: None)": "the handler of SIGINT was changed",
    "os.close(2)": "stderr was closed",
    "os.umask(0)": "the mask of file modes was changed",
    "import locale; locale.setlocale(locale.LC_ALL, 'C.UTF-8')": "the locale was changed",
    "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))": "the limit RLIMIT_CORE was changed",
    "signal.alarm(60)": "an alarm was changed",
    "threading.Thread(target=lambda: time.sleep(60)).start()": "a thread was left running: <string>:1",
    f"{DIALOGUE}; text.COUNT.messages[0]['content'] += '!'": f"{COUNT} was changed",
    f"{DIALOGUE}; object.__setattr__(text.COUNT.answer, 'text', 'whatever comes')": f"{COUNT} was changed",
    "os.fork()": "a forked copy of the process came back",
    "os.fork() or sys.exit(0)": "a forked copy of the process came back",
    "os.fork() or (time.sleep(60), os._exit(0))": "a forked process was left running",
}


@pytest.mark.parametrize(("fault", "change"), CHANGES.items(), ids=CHANGES.values())
def test_a_change_of_the_process_is_named_and_taken_back(tmp_path: Path, fault: str, change: str) -> None:
    before, changing, after = project_of(tmp_path, fault).inline().results

    assert (before.outcome, after.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert changing.outcome is Outcome.FAILED
    assert changing.reason.rpartition("changed the process that it runs in: ")[2] == change
