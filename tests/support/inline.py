"""Runs pytest inside this process, which costs a tenth of a process of its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import syrupy


def run(folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit status and the output of pytest in ``folder``."""
    output = io.StringIO()
    with _restored(), redirect_stdout(output), redirect_stderr(output):
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        status = pytest.main(list(arguments))
    return int(status), output.getvalue()


@contextmanager
def _restored() -> Iterator[None]:
    """Put back what a run changes in this process; modules of the run's own folder are forgotten."""
    folder, environment, path = Path.cwd(), dict(os.environ), list(sys.path)
    modules, session = dict(sys.modules), syrupy._syrupy
    try:
        yield
    finally:
        own = Path.cwd()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            if Path(getattr(module, "__file__", None) or "/").is_relative_to(own):
                del sys.modules[name]
        sys.modules.update({name: module for name, module in modules.items() if name not in sys.modules})
        syrupy._syrupy = session
