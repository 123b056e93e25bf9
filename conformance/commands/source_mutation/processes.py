"""Forked processes, each for one task: only a fork has what its parent imported. Windows has none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Send = Callable[[Any], None]


def forked(work: Callable[[Send], object]) -> tuple[BaseProcess, Connection]:
    """A process that does ``work``, and the end of a pipe that has what it sends."""
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def run() -> None:
        work(sending.send)
        os._exit(0)  # waits for no thread that a mutant has left behind

    process = context.Process(target=run)
    process.start()
    sending.close()
    return process, receiving


def each_in_a_process(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """The result of each task, as they end; as many run at a time as there are processors.

    Raises:
        EOFError: a process ended without a result; why is in what it has written to its standard error.
    """
    running: dict[Connection, BaseProcess] = {}
    for task in tasks:
        if len(running) >= (os.cpu_count() or 1):
            yield from _ended(running)
        process, connection = forked(partial(_send_result, work, task))
        running[connection] = process
    while running:
        yield from _ended(running)


def _send_result(work: Callable[[Task], Result], task: Task, send: Send) -> None:
    send(work(task))


def _ended(running: dict[Connection, BaseProcess]) -> Iterator[Any]:
    for each in wait([*running]):
        assert isinstance(each, Connection)
        result = each.recv()
        each.close()
        running.pop(each).join()
        yield result


def silence() -> None:
    """Throw away what this process writes from now on."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
