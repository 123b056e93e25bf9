"""The threads that keep a process from ending."""

from __future__ import annotations

import sys
import sysconfig
import threading
from collections.abc import Iterator
from concurrent.futures import thread as pools
from pathlib import Path
from types import FrameType

_PYTHON = Path(sysconfig.get_path("stdlib"))

PATIENCE = 1.0
"""Seconds that a thread may take to end after its backend was unloaded."""


def own_threads() -> set[int]:
    """The identities of the threads that Python waits for at its end; it ends those of a pool itself."""
    return {id(thread) for thread in threading.enumerate() if not thread.daemon}


def still_running(before: set[int]) -> Iterator[str]:
    """Where each of these threads is that was not there ``before``."""
    for thread in threading.enumerate():
        if thread.daemon or id(thread) in before or thread in pools._threads_queues:
            continue
        thread.join(PATIENCE)
        if thread.is_alive():
            yield _place(sys._current_frames().get(thread.ident or 0)) or thread.name


def _place(frame: FrameType | None) -> str:
    """The line of the frame that is nearest and not Python's own."""
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if not file.is_relative_to(_PYTHON) or "site-packages" in file.parts:
            return f"{file.name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
