"""Runs Python in forks of a server that has imported third-party packages: most of what a run costs.

It has nothing of this project, for that is what is tested, and no plugin of pytest's by others: pytest would
say of each that it is too late to rewrite it. It starts when it is first needed, and ends with the tests.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryFile

from _pytest.config import builtin_plugins

from tests.support import fork_server

PACKAGES = (
    *(f"_pytest.{name}" for name in sorted(builtin_plugins)),
    "concurrent.futures.thread",
    "detect_secrets.core.plugins.util",
    "detect_secrets.settings",
    "execnet.gateway_base",
    "filelock",
    "filetype",
    "h2.connection",
    "httpcore",
    "jsonschema",
    "openai.resources.chat",
    "pdb",
    "PIL.Image",
    "pytest",
    "rich",
    "sqlite3",
    "tenacity",
    "tomllib",
    "vcr",
    "yaml",
)
"""What most runs import."""


def run(
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    patience: float,
) -> tuple[int, str]:
    """Run ``python`` with these arguments, and wait for its end.

    Args:
        folder: where it runs.
        arguments: ``-m module …`` or ``-c code …``.
        environment: all its variables.
        patience: the seconds after which it is killed.

    Returns:
        The exit status, negative where a signal ended it, and what it wrote to output and errors.

    Raises:
        TimeoutError: it was killed.
    """
    server = _server()
    program = fork_server.Program(arguments, str(folder), dict(environment))
    with TemporaryFile("w+", encoding="utf-8") as output, Path(os.devnull).open() as nothing:
        process = fork_server.start(server, program, [nothing.fileno(), output.fileno(), output.fileno()])
        if is_late := not server.poll(patience):
            os.kill(process, signal.SIGKILL)
        status = int(server.recv())
        output.seek(0)
        if is_late:
            raise TimeoutError(f"killed after {patience:g} s: {arguments}\n{output.read()}")
        return status, output.read()


@cache
def _server() -> Connection:
    """Start a server, and return the connection that it is asked by."""
    ours, its = Pipe()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, fork_server.__file__, str(its.fileno()), *PACKAGES],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[its.fileno()],
    )
    its.close()
    # Functions at the exit run from the last to the first.
    atexit.register(process.wait)
    atexit.register(process.kill)
    return ours
