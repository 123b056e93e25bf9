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
from contextlib import suppress
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


_LIMITS = [name for name in vars(resource) if name.startswith("RLIMIT_")]

SETTINGS: Mapping[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "the working directory": (Path.cwd, os.chdir),
    "the mask of file modes": (_mask, os.umask),
    "the locale": (partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the collection of garbage": (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "the timeout of all sockets": (socket.getdefaulttimeout, socket.setdefaulttimeout),
    "the level below which nothing is logged": (lambda: logging.root.manager.disable, logging.disable),
    "an alarm": (_alarm, partial(signal.setitimer, signal.ITIMER_REAL)),
    **{
        f"{holder.__name__}.{name}": (partial(getattr, holder, name), partial(setattr, holder, name))
        for holder, names in {sys: ("stdout", "stderr", "excepthook"), threading: ("excepthook",)}.items()
        for name in names
    },
    **{
        f"the handler of {number.name}": (partial(signal.getsignal, number), partial(signal.signal, number))
        for number in signal.Signals
    },
    **{
        f"the limit {name}": (
            partial(resource.getrlimit, getattr(resource, name)),
            partial(resource.setrlimit, getattr(resource, name)),
        )
        for name in _LIMITS
    },
}
"""How each is read, and how it is set."""


class Settings:
    """All settings as they are now."""

    def __init__(self) -> None:
        self._before = {name: read() for name, (read, _) in SETTINGS.items()}

    def restored(self) -> Iterator[str]:
        """Put back what is not as it was; what was changed, and to what."""
        for name, before in self._before.items():
            read, put_back = SETTINGS[name]
            if (after := read()) != before:
                with suppress(OSError, ValueError):  # a limit that was lowered for good
                    put_back(before)
                yield f"{name} became {after}" if isinstance(after, Path) else f"{name} was changed"
