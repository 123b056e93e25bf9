"""A gateway of execnet, as it waits on another machine for a controller of xdist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.project import Project

# It finds nothing of the controller's machine but the connection.
APART = """

import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    config.workerinput["conformance_watched"] = "a folder of the other machine"
"""


@contextmanager
def gateway(project: Project, folder: Path) -> Iterator[str]:
    """What ``--tx`` has to say for a worker in ``folder``, a copy of the project that it makes."""
    shutil.copytree(project.folder, folder)
    with (folder / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(APART)
    program = [sys.executable, "-u", "-m", "execnet.script.socketserver", "127.0.0.1:0"]
    with subprocess.Popen(
        program, cwd=folder, env=project.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        assert server.stdout is not None
        try:
            address = re.search(rb"'127\.0\.0\.1', (\d+)", server.stdout.readline())
            assert address is not None
            yield f"socket=127.0.0.1:{int(address[1])}//chdir={folder}"
        finally:
            server.kill()
