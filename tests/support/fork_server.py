"""Runs Python programs in forks of a process that has imported what they import.

``tests.support.forked`` starts this file as a program, and asks it for one program after another. A fork is
a whole process, which ends as Python does, and leaves nothing to the next one. The processes that a program
starts must be its own children: those that are Python are its spares, which were forked before it began.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

SPARES = 2
"""How many Python processes a program may start before they are new interpreters; a recorder starts two."""

PACKAGES = sys.path[1:]
"""Where every program finds modules, after its own folder and PYTHONPATH."""


class Program(NamedTuple):
    """A program, as the command line has it.

    Attributes:
        arguments: those of Python: ``-m module …`` or ``-c code …``, either maybe after ``-u``.
        folder: where it runs.
        environment: all its variables.
        has_session: whether it begins a session of its own.
    """

    arguments: Sequence[str]
    folder: str
    environment: dict[str, str]
    has_session: bool = False


class _Spare(NamedTuple):
    process: int
    connection: Connection


def start(connection: Connection, program: Program, streams: Sequence[int]) -> int:
    """Have a program run with these as its input, output and errors; returns the id of its process."""
    connection.send(tuple(program))
    for stream in streams:
        send_handle(connection, stream, None)
    return int(connection.recv())


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python reads as it starts, without the two that a fork obeys."""
    read, obeyed = ("PYTHON", "LC_", "LANG", "TZ"), ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in environment.items() if key.startswith(read) and key not in obeyed}


SETTINGS = settings(os.environ)
"""Of the server, and so of all its forks."""


def _serve(connection: Connection) -> None:
    """Run a program for each request, one at a time; returns in the fork, when its program has ended."""
    while True:
        program, streams = _asked(connection)
        if (process := os.fork()) == 0:
            connection.close()
            return _run(program, streams)
        for stream in streams:
            os.close(stream)
        connection.send(process)
        connection.send(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def _asked(connection: Connection) -> tuple[Program, list[int]]:
    try:
        return Program(*connection.recv()), [recv_handle(connection) for _ in range(3)]
    except EOFError:  # who might have asked has ended
        os._exit(0)


def _spare(others: Sequence[_Spare]) -> _Spare:
    """Fork a process that waits to be asked for a program; returns only in this one."""
    ours, its = Pipe()
    if process := os.fork():
        its.close()
        return _Spare(process, ours)
    for connection in (ours, *(other.connection for other in others)):
        connection.close()
    program, streams = _asked(its)
    if program.has_session:
        os.setsid()
    its.send(os.getpid())
    its.close()
    _run(program, streams)
    sys.exit()


def _run(program: Program, streams: Sequence[int]) -> None:
    """Become a program. What it raises, be it SystemExit, leaves this file and ends the process."""
    spares: list[_Spare] = []
    for _ in range(SPARES):
        spares.append(_spare(spares))
    os.register_at_fork(after_in_child=spares.clear)
    subprocess._fork_exec = partial(_start_another, spares, subprocess._fork_exec)  # type: ignore[attr-defined]
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(program.folder)
    os.environ.clear()
    os.environ.update(program.environment)
    assert settings(os.environ) == SETTINGS, "what reads these variables is a new interpreter"
    signal.signal(signal.SIGINT, INTERRUPTED)
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.orig_argv = [sys.executable, *program.arguments]
    *unbuffered, option, what = program.arguments[: 3 if program.arguments[0] == "-u" else 2]
    if unbuffered:
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    sys.argv = [option, *program.arguments[len(unbuffered) + 2 :]]
    searched = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = ["" if option == "-c" else program.folder, *searched, *PACKAGES]
    if option == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102


def _start_another(spares: list[_Spare], fork_exec: Callable[..., int], *how: Any) -> int:
    """Start a process as subprocess wants it: in a spare, where that can run it."""
    (executable, *arguments), kept, folder, variables = how[0], *how[3:6]
    pipe, session, more = how[13], how[15], how[16:22]
    given = os.environ if variables is None else dict(os.fsdecode(each).split("=", 1) for each in variables)
    is_program = executable == sys.executable and arguments[:1] in (["-m"], ["-c"], ["-u"])
    is_plain = kept == (pipe,) and more == (-1, None, None, None, -1, None) and settings(given) == SETTINGS
    if not (spares and is_program and is_plain):
        return fork_exec(*how)
    streams = [number if how[place] == -1 else how[place] for number, place in enumerate((6, 9, 11))]
    program = Program(arguments, os.fspath(folder or Path.cwd()), dict(given), session)
    return start(spares.pop().connection, program, streams)


if __name__ == "__main__":
    for module in sys.argv[2:]:
        import_module(module)
    # What is imported stays: a look through it for garbage would copy its memory into every fork.
    gc.freeze()
    # Ctrl-C is for the tests, which end the server, and for its programs.
    INTERRUPTED = signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(Connection(int(sys.argv[1])))
