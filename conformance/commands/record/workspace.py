"""The folder in which a recorder works, and a swap out of it that no crash can leave half done."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from filelock import FileLock, Timeout

from conformance.report.results import Result


class RecorderBusyError(Exception):
    """Another process records into the same cassettes."""


class ForeignWorkspaceError(Exception):
    """The folder in which a recorder works holds something that no recorder has left there."""


@dataclass(frozen=True)
class Workspace:
    """The folder beside the cassettes in which a recorder works.

    Attributes:
        root: the cassettes.
        folder: the folder of the recorder, on the same file system, so that a file is moved in one step.
    """

    root: Path
    folder: Path

    @property
    def pending_swap(self) -> Path:
        """The list of the files that are being moved; it exists only while they are."""
        return self.folder / "swap.json"

    def new_version_of(self, path: Path) -> Path:
        """Where the new version of ``path``, a file below the cassettes, is recorded."""
        return self.folder / "cassettes" / path.relative_to(self.root)

    def cassette_of(self, result: Result) -> Path:
        """The cassette of a result."""
        return self.root / result.backend / result.target / result.group / f"{result.scenario}.yaml"

    def is_recorded(self, title: str) -> bool:
        """Whether ``backend@target group/scenario`` has a cassette."""
        label, _, scenario = title.partition(" ")
        return Path(self.root, *label.split("@"), f"{scenario}.yaml").is_file()

    def swap(self, paths: Sequence[Path]) -> None:
        """Replace ``paths`` with their new versions: all of them, also when the process dies half way.

        The list of files is written first; the next recorder finishes the swap that it finds there.
        """
        partial = self.pending_swap.with_suffix(".partial")
        partial.write_text(json.dumps([str(path.relative_to(self.root)) for path in paths]), "utf-8")
        partial.replace(self.pending_swap)
        self.finish_swap()

    def finish_swap(self) -> None:
        """Move the listed files that are still in the workspace, if a swap is pending."""
        if not self.pending_swap.is_file():
            return
        for name in self._pending():
            new, old = self.new_version_of(self.root / name), self.root / name
            if new.exists():
                old.parent.mkdir(parents=True, exist_ok=True)
                _move(new, old)
        self.pending_swap.unlink()

    def _pending(self) -> list[str]:
        """The files of the pending swap, which all lie below the cassettes."""
        try:
            names = json.loads(self.pending_swap.read_text("utf-8"))
            places = [Path(self.root, name).resolve() for name in names]
        except (ValueError, TypeError, RuntimeError) as error:
            raise ForeignWorkspaceError(
                f"{self.pending_swap} cannot be read: delete {self.folder}"
            ) from error
        if outside := [each for each in places if not each.is_relative_to(self.root.resolve())]:
            raise ForeignWorkspaceError(f"{self.pending_swap} names {outside[0]}: delete {self.folder}")
        return list(names)


def _move(new: Path, old: Path) -> None:
    try:
        new.replace(old)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The cassettes are on a file system of their own: the copy takes their place in one step.
        beside = old.with_name(f".{old.name}.{token_hex(4)}.tmp")
        try:
            shutil.copyfile(new, beside)
            beside.replace(old)
        finally:
            beside.unlink(missing_ok=True)
        new.unlink()


@contextmanager
def exclusive_workspace(root: Path, purpose: str = "recording") -> Iterator[Workspace]:
    """An empty workspace for the only recorder of the cassettes in ``root``.

    Raises:
        RecorderBusyError: another process is recording.
        ForeignWorkspaceError: something is in the way that no recorder has left there.
    """
    # Beside the folder itself where root is a symbolic link: a file is moved within one file system.
    real = Path(os.path.realpath(root))
    folder = real.with_name(f".{root.name}-{purpose}")
    holder = real.with_name(f".{root.name}-recording.holder")
    for path in (folder, holder, holder.with_suffix(".lock")):
        if path.is_symlink():
            raise ForeignWorkspaceError(f"{path} is a symbolic link: delete it")
    lock = FileLock(holder.with_suffix(".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        who = holder.read_text("utf-8") if holder.is_file() else "an unknown process"
        raise RecorderBusyError(f"{who} is recording into {root}: wait for it, or end it") from None
    try:
        holder.write_text(f"process {os.getpid()}", "utf-8")
        workspace = Workspace(root, folder)
        workspace.finish_swap()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield workspace
        finally:
            workspace.finish_swap()
            shutil.rmtree(folder, ignore_errors=True)
            holder.unlink(missing_ok=True)
    finally:
        lock.release()
