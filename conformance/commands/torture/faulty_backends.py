"""Backends that end, hold or change the process that asks them: named once, and everything else is asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from textwrap import indent

from conformance.commands.torture.case import Case
from conformance.commands.torture.runs import run, words
from conformance.report.results import Outcome

_BACKENDS = """
import _thread, asyncio, atexit, builtins, ctypes, faulthandler, gc, logging, os, resource, signal, socket
import subprocess, sys, tempfile, threading, time, warnings
import pytest
from provider.openai import OpenAILLM
from provider.response import LLMStream


class Bad(OpenAILLM):
    def invoke(self, messages, *args, **kwargs):
        once()
        return super().invoke(messages, *args, **kwargs)


def once():
    if not os.path.exists(MARK):
        open(MARK, "w").close()
        fault()


MARK = os.path.abspath("done")


def fault():
"""

ENDS = {
    "os._exit(0)": "os._exit(0)",
    "os._exit(1)": "os._exit(1)",
    "os.abort": "os.abort()",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "terminated": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
    "an alarm": "signal.alarm(1); time.sleep(60)",
    "a crash in C": "ctypes.string_at(0)",
    "a stack that overflows in C": "sys.setrecursionlimit(10**9); f = lambda: f(); f()",
    "sys.exit": "sys.exit(0)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "CancelledError": "raise asyncio.CancelledError",
    "an exception of its own": "raise type('Mine', (BaseException,), {})",
    "pytest.exit": "pytest.exit('bye', returncode=0)",
    "pytest.skip": "pytest.skip('not today')",
    "pytest.xfail": "pytest.xfail('not today')",
    "interrupt_main": "_thread.interrupt_main(); time.sleep(0.1); raise KeyboardInterrupt",
    "recursion": "f = lambda: f(); f()",
    "MemoryError": "raise MemoryError",
    "no memory": "bytearray(1 << 62)",
    "the end of a thread": "_thread.exit()",
    "the channel of the worker is closed": "os.closerange(3, 256)",
    "its parent is told to end": "os.kill(os.getpid(), signal.SIGHUP); time.sleep(60)",
}
"""Ends the process, or would."""

HOLDS = {
    "a deadlock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a loop": "while True: pass",
    "a sleep in C": "ctypes.PyDLL(None).sleep(60)",
    "a sleep without a watchdog": "faulthandler.cancel_dump_traceback_later(); time.sleep(600)",
    "a process that stops": "os.kill(os.getpid(), signal.SIGSTOP)",
    "a child that is waited for": "subprocess.run(['sleep', '600'])",
    "no signal comes through": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.Signals); time.sleep(600)",
}
"""Does not return."""

CHANGES = {
    "the working directory": "os.chdir('/')",
    "a working directory that is gone": "folder = tempfile.mkdtemp(); os.chdir(folder); os.rmdir(folder)",
    "a variable that is deleted": "del os.environ['PATH']",
    "no variables": "os.environ.clear()",
    "stdin": "os.close(0)",
    "stdout": "os.close(1)",
    "stderr": "os.close(2)",
    "the mask of file modes": "os.umask(0o777)",
    "the recursion limit": "sys.setrecursionlimit(10000)",
    "the timeout of sockets": "socket.setdefaulttimeout(0.001)",
    "no log": "logging.disable(logging.CRITICAL)",
    "a clock that stands": "time.time = time.monotonic = lambda: 0.0",
    "a sleep that does not": "time.sleep = lambda seconds: None",
    "isinstance": "builtins.isinstance = lambda value, kind: True",
    "the handler of SIGINT": "signal.signal(signal.SIGINT, signal.SIG_DFL)",
    "the handler of SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "an alarm that is left": "signal.signal(signal.SIGALRM, lambda *a: None); signal.alarm(60)",
    "no garbage is collected": "gc.disable()",
    "the hook of exceptions": "sys.excepthook = threading.excepthook = lambda *a: None",
    "no files may be opened": "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 4096))",
}
"""Changes the process for whoever comes later."""

LEAVES = {
    "a thread": "threading.Thread(target=threading.Event().wait).start()",
    "a timer that ends the process": "threading.Timer(300, os._exit, [0]).start()",
    "a copy of the process": "os.fork()",
    "a copy that ends by sys.exit": "os.fork() or sys.exit(0)",
    "a child that goes on": "os.fork() or (time.sleep(600), os._exit(0))",
    "a daemon": "os.fork() or (os.setsid(), os.fork() and os._exit(0), time.sleep(60), os._exit(0))",
}
"""Leaves behind what goes on."""

UNSEEN = {
    "no sys.stdout": "sys.stdout = None",
    "a child with the output": "subprocess.Popen(['sleep', '600'])",
    "a function at the end that ends the process": "atexit.register(os._exit, 0)",
    "a function at the end that does not end": "atexit.register(time.sleep, 600)",
    "a daemon thread": "threading.Thread(target=time.sleep, args=[99], daemon=True).start()",
    "all warnings are errors": "warnings.simplefilter('error')",
    "a child that ends": "os.fork() or os._exit(0)",
}
"""May be done, or is undone, and must hurt nothing."""

ELSEWHERE = {
    "sys.exit at the import": "sys.exit(0)",
    "sys.exit in the constructor": "class Bad(Bad):\n    def __init__(self, *a, **k): sys.exit(0)",
    "sys.exit in load": "class Bad(Bad):\n    def load(self): sys.exit(0)",
    "Ctrl-C in load": "class Bad(Bad):\n    def load(self): raise KeyboardInterrupt",
    "an exit of pytest in load": "class Bad(Bad):\n    def load(self): pytest.exit('bye', returncode=0)",
    "sys.exit in unload": "class Bad(Bad):\n    def unload(self): super().unload(); sys.exit(0)",
    "Ctrl-C in unload": "class Bad(Bad):\n    def unload(self): super().unload(); raise KeyboardInterrupt",
    "an exit of pytest in unload": "class Bad(Bad):\n    def unload(self): pytest.exit('bye', returncode=0)",
    "the end of the process in unload": "class Bad(Bad):\n    def unload(self): os._exit(0)",
    "a deadlock in load": "class Bad(Bad):\n    def load(self): time.sleep(600)",
    "sys.exit in a stream": (
        "class Bad(OpenAILLM):\n    def stream(self, *a, **k):\n"
        "        def deltas():\n            yield 'x'\n            sys.exit(0)\n"
        "        return LLMStream(deltas)"
    ),
    "a stream that does not end": (
        "class Bad(OpenAILLM):\n    def stream(self, *a, **k):\n"
        "        def deltas():\n            while True:\n                time.sleep(0.01); yield 'x'\n"
        "        return LLMStream(deltas)"
    ),
}
"""Errs every time, elsewhere than in a call."""


def once(fault: str, folder: Path, *, fails: int = 1) -> str:
    """A bad backend errs once; it is named for that, and everything else is asked and passes."""
    ran = run(folder, {"mine.py": _BACKENDS + indent(fault, "    ") + "\n"})
    bad, good = ran.outcomes("bad"), ran.outcomes("good")
    if ran.report is None or ran.report.is_incomplete or set(good) != {Outcome.PASSED}:
        told = "no results" if ran.report is None else "; ".join(map(str, ran.report.doubts))
        return f"the run is not whole, or the good backend has {words(good)}: {told}"
    if bad.total() != good.total() or bad[Outcome.PASSED] != good.total() - fails:
        return f"the bad backend has {words(bad)}, the good one {words(good)}"
    return "" if ran.status == (1 if fails else 0) else f"the exit status is {ran.status}"


def always(code: str, folder: Path) -> str:
    """A bad backend errs in every scenario; the good one passes."""
    ran = run(folder, {"mine.py": f"{_BACKENDS}    pass\n\n\n{code}\n"})
    bad, good = ran.outcomes("bad"), ran.outcomes("good")
    if ran.report is None or set(good) != {Outcome.PASSED}:
        return f"the good backend has {words(good)}"
    if bad.total() != good.total() or bad[Outcome.PASSED]:
        return f"the bad backend has {words(bad)}, the good one {words(good)}"
    return "" if ran.status == 1 else f"the exit status is {ran.status}"


def _cases(kind: str, faults: Mapping[str, str], fails: int = 1) -> list[Case]:
    return [Case(kind, name, partial(once, fault, fails=fails)) for name, fault in faults.items()]


CASES = (
    *_cases("a backend that ends its process", ENDS),
    *_cases("a backend that does not return", HOLDS),
    *_cases("a backend that changes its process", CHANGES),
    *_cases("a backend that leaves something behind", LEAVES),
    *_cases("a backend whose fault is not seen", UNSEEN, fails=0),
    *(
        Case("a backend that errs every time", name, partial(always, code))
        for name, code in ELSEWHERE.items()
    ),
)
