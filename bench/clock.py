"""Timing two ways of doing one thing, side by side."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

Work = Callable[[], object]


def ratio(ours: Work, theirs: Work, rounds: int) -> float:
    """How many times as long ``ours`` takes as ``theirs``: the median over pairs of neighbouring runs.

    Neighbours see the same machine, so what else it does falls out; a mean would not forgive a pause.
    """
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return statistics.median(one / other for one, other in pairs)


def seconds(work: Work) -> float:
    """Wall-clock seconds of one run, with the garbage of others collected before."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    finally:
        gc.enable()


def python(code: str) -> Work:
    """A fresh interpreter that runs ``code``."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
