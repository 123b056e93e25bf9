"""A program finds in a fork what it finds in a new interpreter, and ends as there.

No recording tests: they are about processes. Each program is run both ways.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import forked
from tests.support.project import PATIENCE, Project

Ended = tuple[int, str]

SHOWN = """
import json, os, signal, sys, threading
print(json.dumps({
    "name": __name__,
    "file": globals().get("__file__"),
    "is main": vars(sys.modules["__main__"]) is globals(),
    "arguments": [sys.argv, sys.orig_argv],
    "path": sys.path,
    "bytecode": not sys.dont_write_bytecode,
    "folder": os.getcwd(),
    "variables": dict(os.environ),
    "ctrl-c": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "streams": [(each.encoding, each.errors, each.line_buffering, each.write_through)
                for each in (sys.stdin, sys.stdout, sys.stderr)],
    "input": sys.stdin.read(),
    "threads": threading.active_count(),
    "tested": [name for name in sys.modules if name.split(".")[0] in ("conformance", "provider", "tests")],
}))
"""

STARTS = """
import os, signal, subprocess, sys

def started(code, *options, **more):
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, **more}
    process = subprocess.Popen([sys.executable, *options, "-c", code], **ends)
    return process, *process.communicate("given")

os.environ["LEFT"] = "by this process"
sys.modules["left"] = sys
asked = '''
import os, sys
print(os.getppid(), os.getsid(0), os.environ["LEFT"], "left" in sys.modules, sys.stdin.read(), os.getcwd())
'''
alone, elsewhere = {"start_new_session": True}, {"cwd": "/", "env": {**os.environ, "LEFT": ""}}
for options, more in ((), {}), (("-u",), alone), ((), elsewhere), ((), {}):
    process, output, _ = started(asked, *options, **more)
    parent, session, *words = output.split()
    print(int(parent) == os.getpid(), int(session) == process.pid, words, process.returncode)
"""

KILLED = """
import os, subprocess, sys
for number in (9, 15, 6, 2):
    code = f"import os; os.kill(os.getpid(), {number})"
    print(subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode, flush=True)
"""

PROGRAMS = {
    "a status": "raise SystemExit(7)",
    "words": "raise SystemExit('words')",
    "an error": "1 / 0",
    "a signal": "import os; os.abort()",
    "ctrl-c": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "both streams": "import sys; print(1, flush=True); sys.stderr.write('2\\n'); print(3)",
    "a function at the exit": "import atexit; atexit.register(print, 'ended'); print('begun')",
    "a thread": "import threading as t; t.Timer(0.1, print, ['ended']).start(); print('begun')",
    "nothing more": "import os; print('lost'); os._exit(3)",
    "its own processes": STARTS,
    "its own processes, killed": KILLED,
}


def in_a_fork(project: Project, *arguments: str) -> Ended:
    run = project.run(*arguments, PYTHONDONTWRITEBYTECODE="1")
    return run.status, run.output


def in_an_interpreter(project: Project, *arguments: str) -> Ended:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=project.folder,
        env=project.environment(PYTHONDONTWRITEBYTECODE="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    "arguments", [("-c", SHOWN, "x"), ("-m", "shown", "-x", "-c")], ids=["code", "module"]
)
def test_a_program_finds_the_same(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project = Project(tmp_path)
    project.write("shown.py", SHOWN)

    def found(run: Callable[..., Ended]) -> object:
        return json.loads(run(project, *arguments)[1])

    assert found(in_a_fork) == found(in_an_interpreter)


@pytest.mark.parametrize("code", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_ends_in_the_same_way(tmp_path: Path, code: str) -> None:
    project = Project(tmp_path)

    def ended(run: Callable[..., Ended]) -> tuple[int, list[str]]:
        status, output = run(project, "-c", code)
        # A traceback begins in the server.
        return status, output.splitlines()[-1:] if "Traceback" in output else output.splitlines()

    assert ended(in_a_fork) == ended(in_an_interpreter)


def test_the_first_processes_of_a_program_are_forks_too(tmp_path: Path) -> None:
    """Otherwise the tests above would compare interpreters with interpreters."""
    shows = [sys.executable, "-c", "import sys; print('openai' in sys.modules, flush=True)"]
    run = Project(tmp_path).run("-c", f"import subprocess; [subprocess.run({shows!r}) for _ in range(3)]")
    assert run.output.split() == ["True", "True", "False"]


def test_nothing_is_left_for_the_next_program(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run("-c", "import json, os; json.left = os.environ['LEFT'] = 'left'; os.chdir('/')")
    shows = "import json, os; print(hasattr(json, 'left'), 'LEFT' in os.environ, os.getcwd())"
    assert project.run("-c", shows).output == f"False False {tmp_path}\n"


def test_a_program_that_does_not_end_is_killed(tmp_path: Path) -> None:
    variables = dict(os.environ)
    with pytest.raises(TimeoutError, match="killed after 1 s"):
        forked.run(tmp_path, ["-c", "import time; time.sleep(600)"], variables, patience=1)
    assert forked.run(tmp_path, ["-c", "print('next')"], variables, PATIENCE) == (0, "next\n")


def test_what_only_a_new_interpreter_obeys_is_refused(tmp_path: Path) -> None:
    run = Project(tmp_path).run("-c", "", PYTHONWARNINGS="error")
    assert (run.status, run.output.splitlines()[-1]) == (
        1,
        "AssertionError: what reads these variables is a new interpreter",
    )
