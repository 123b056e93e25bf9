"""Times two ways of doing one thing, side by side."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable

Work = Callable[[], object]


def ratio(ours: Work, theirs: Work, rounds: int) -> float:
    """The time of ``ours`` divided by that of ``theirs``: the quickest run of each, run in turn.

    The quickest, because other load only adds time; in turn, because litellm logs in the background.
    """
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return min(one for one, _ in pairs) / min(other for _, other in pairs)


def seconds(work: Work) -> float:
    """Wall-clock seconds of one run, without garbage collection."""
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
