"""The scratch folder of a recorder, and the swap out of it that no crash can leave half done."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.report.results import Result


class RecorderBusyError(Exception):
    """Another recorder is at work on the same cassettes."""


@dataclass(frozen=True)
class Workspace:
    """The folder beside the cassettes in which a recorder works.

    Attributes:
        root: the cassettes.
        folder: the scratch folder, on the same file system, so that a file is moved in one step.
    """

    root: Path
    folder: Path

    @property
    def journal(self) -> Path:
        """What is being moved into place; there only while it is."""
        return self.folder / "swap.json"

    @property
    def run(self) -> Path:
        """The journal of a run that is to be gone on with; there only until nothing is left."""
        return self.folder / "run.json"

    def empty(self) -> None:
        """Throw away what is in it: it was never verified, or is in place."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def new_version_of(self, path: Path) -> Path:
        """Where the new version of ``path``, a file below the cassettes, lies."""
        return self.folder / "cassettes" / path.relative_to(self.root)

    def recording_of(self, result: Result) -> Path:
        """Where the new recording of a result lies."""
        return self.new_version_of(self.cassette_of(result))

    def cassette_of(self, result: Result) -> Path:
        """Where its recording lies in the end."""
        return self.root / result.backend / result.target / result.group / f"{result.scenario}.yaml"

    def is_recorded(self, title: str) -> bool:
        """Whether there is a recording of ``backend@target group/scenario`` in place."""
        label, _, scenario = title.partition(" ")
        return Path(self.root, *label.split("@"), f"{scenario}.yaml").is_file()

    def swap(self, paths: Sequence[Path]) -> None:
        """Put the new versions of ``paths`` in place: all of them, also when the process dies half way.

        The journal is written first; the next recorder finishes what it finds there.
        """
        partial = self.journal.with_suffix(".partial")
        partial.write_text(json.dumps([str(path.relative_to(self.root)) for path in paths]), "utf-8")
        partial.replace(self.journal)
        self.finish_swap()

    def finish_swap(self) -> None:
        """Move what the journal names and is still in the scratch folder."""
        for name in json.loads(self.journal.read_text("utf-8")):
            new, old = self.new_version_of(self.root / name), self.root / name
            if new.exists():
                old.parent.mkdir(parents=True, exist_ok=True)
                new.replace(old)
        self.journal.unlink()


@contextmanager
def exclusive_workspace(root: Path, purpose: str = "recording") -> Iterator[Workspace]:
    """Be the only recorder of the cassettes in ``root``.

    The scratch folder of this ``purpose`` is empty, but for what an earlier run with a journal has left.

    Raises:
        RecorderBusyError: another process is recording.
    """
    folder = root.with_name(f".{root.name}-{purpose}")
    holder = root.with_name(f".{root.name}-recording.holder")
    lock = FileLock(holder.with_suffix(".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        who = holder.read_text("utf-8") if holder.is_file() else "an unknown process"
        raise RecorderBusyError(f"{who} is recording into {root}: wait for it, or end it") from None
    try:
        holder.write_text(f"process {os.getpid()}", "utf-8")
        workspace = Workspace(root, folder)
        if workspace.journal.is_file():
            workspace.finish_swap()
        if not workspace.run.is_file():
            workspace.empty()
        try:
            yield workspace
        finally:
            if workspace.journal.is_file():
                workspace.finish_swap()
            if not workspace.run.is_file():
                shutil.rmtree(folder, ignore_errors=True)
            holder.unlink()
    finally:
        lock.release()
