"""Imports a module from changed source."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from typing_extensions import override

from conformance.commands.source_mutation.changes import Change

SUITE = "conformance"


@dataclass(frozen=True)
class Package:
    """The package whose source is mutated.

    Attributes:
        name: its name.
        folder: where it is.
    """

    name: str
    folder: Path

    @classmethod
    def called(cls, name: str) -> Package:
        """The package that would be imported by ``name``; it is not imported.

        Raises:
            ValueError: there is none.
        """
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise ValueError(f"there is no package {name}")
        return cls(name, Path(spec.submodule_search_locations[0]))

    def has(self, module: str) -> bool:
        """Whether a module is in it."""
        return module.partition(".")[0] == self.name

    def file_of(self, change: Change) -> Path:
        """The file of a change."""
        return self.folder.parent / change.path

    def path_of(self, file: str) -> str | None:
        """The path by which a change names a file, as it is in a frame; None for a file outside."""
        path = Path(file)
        return path.relative_to(self.folder.parent).as_posix() if path.is_relative_to(self.folder) else None


def install(package: Package, change: Change) -> bool:
    """Let the module of ``change`` be imported with it, in this process, from now on.

    Returns:
        Whether the suite has imported the module before. If so, all that is imported of suite and package
        is forgotten, and the suite must be started again.
    """
    sys.meta_path.insert(0, _Finder(package, change))
    if _module(change) not in sys.modules:
        return False
    for name in [*sys.modules]:
        if package.has(name) or name.partition(".")[0] == SUITE:
            del sys.modules[name]
    return True


def _module(change: Change) -> str:
    return ".".join(Path(change.path).with_suffix("").parts).removesuffix(".__init__")


class _Finder:
    def __init__(self, package: Package, change: Change) -> None:
        self._name, self._file, self._source = _module(change), package.file_of(change), change.source

    def find_spec(
        self, name: str, _: Sequence[str] | None = None, __: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Loader(name, str(self._file))
        loader.changed = self._source
        folder = [str(self._file.parent)] if self._file.stem == "__init__" else None
        return spec_from_file_location(name, self._file, loader=loader, submodule_search_locations=folder)


class _Loader(SourceFileLoader):
    changed = b""

    @override
    def get_code(self, fullname: str) -> CodeType:
        # Not the code in the cache of compiled files, and nothing is written there.
        return compile(self.changed, self.path, "exec", dont_inherit=True)
