"""Files with a fault in a folder of their own, and what a command makes of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import conformance

Made = Callable[[Path], object]
"""Makes the file with a fault at a path."""

MEMORY = 2_000_000_000
"""Bytes of address space that a command may take."""

PATIENCE = 180.0
"""Seconds after which a command counts as one that does not end."""

_BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
{program}
"""


def text(content: str | bytes) -> Made:
    """Makes a file with this content."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def pipe(path: Path) -> None:
    """A pipe into which nobody writes."""
    os.mkfifo(path)


def loop(path: Path) -> None:
    """A symbolic link to itself."""
    path.symlink_to(path)


NO_FILES: dict[str, Made] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": pipe,
    "a link to itself": loop,
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
}
"""What may stand where a file should."""


def promise_broken(folder: Path, program: str, names: str, statuses: Sequence[int]) -> str:
    """Run a program in a folder; empty where it ends in order.

    Args:
        folder: the folder, in which nothing may appear but below ``out``.
        program: Python code.
        names: what its output names where its exit status is not 0.
        statuses: the exit statuses that are right.
    """
    before = _files(folder)
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED.format(memory=MEMORY, program=program)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(conformance.__file__).parents[1])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1:]
    if "Traceback" in done.stdout:
        return f"a traceback: {last}"
    if done.returncode not in statuses:
        return f"the exit status is {done.returncode}: {last}"
    if done.returncode and names not in done.stdout:
        return f"{names} is not named: {last}"
    appeared = _files(folder) - before
    return f"{min(appeared)} has appeared" if appeared else ""


def _files(folder: Path) -> set[Path]:
    """The files that only an attack writes: the commands write below ``out``, and the recorder its lock."""
    return {
        path
        for path in folder.rglob("*")
        if "out" not in path.parts and not path.name.startswith(".cassettes-recording")
    }
