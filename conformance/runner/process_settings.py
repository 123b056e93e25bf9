"""What the whole process has one of: the settings that a backend must leave as they were."""

from __future__ import annotations

import gc
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any


def _mask() -> int:
    before = os.umask(0o077)
    os.umask(before)
    return before


def _alarm() -> float:
    """Not the seconds that are left: they are others each time."""
    return float(signal.getitimer(signal.ITIMER_REAL)[0] > 0)


def _locale() -> tuple[str]:
    return (locale.setlocale(locale.LC_ALL),)


def _set_limit(number: int, limits: tuple[int, int]) -> None:
    try:
        resource.setrlimit(number, limits)
    except ValueError:  # only a superuser may raise the hard limit again
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (hard, hard))


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "one that is gone"


Setting = tuple[Callable[[], Any], Callable[[Any], object]]

SETTINGS: Mapping[str, Setting] = {
    "the working directory": (_folder, os.chdir),
    "the mask of file modes": (_mask, os.umask),
    "the locale": (_locale, lambda names: locale.setlocale(locale.LC_ALL, *names)),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the collection of garbage": (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "the timeout of all sockets": (socket.getdefaulttimeout, socket.setdefaulttimeout),
    "the level below which nothing is logged": (lambda: logging.root.manager.disable, logging.disable),
    "sys.excepthook": (partial(getattr, sys, "excepthook"), partial(setattr, sys, "excepthook")),
    "threading.excepthook": (
        partial(getattr, threading, "excepthook"),
        partial(setattr, threading, "excepthook"),
    ),
    **{
        f"the handler of {number.name}": (partial(signal.getsignal, number), partial(signal.signal, number))
        for number in signal.Signals
    },
}
"""How each is read, and how it is set; the fixtures of a scenario may change them for its time."""

LIMITS: Mapping[str, Setting] = {
    "an alarm": (_alarm, lambda _: signal.setitimer(signal.ITIMER_REAL, 0)),
    **{
        f"the limit {name}": (partial(resource.getrlimit, number), partial(_set_limit, number))
        for name, number in vars(resource).items()
        if name.startswith("RLIMIT_")
    },
}
"""The same of what only a backend changes within a phase of a scenario."""


class Settings:
    """Settings as they are now."""

    def __init__(self, of: Mapping[str, Setting]) -> None:
        self._of = of
        self._before = {name: read() for name, (read, _) in of.items()}

    def restored(self) -> Iterator[str]:
        """Put back what is not as it was; what was changed, and to what."""
        for name, before in self._before.items():
            read, put_back = self._of[name]
            if (after := read()) != before:
                put_back(before)
                yield f"{name} became {after}" if isinstance(after, str) else f"{name} was changed"
