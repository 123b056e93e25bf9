"""The real bugs that the scenarios cover, read from the TOML files beside the scenarios."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance import SCENARIOS

FOLDER = SCENARIOS / "bugs"


@dataclass(frozen=True, kw_only=True)
class Bug:
    """One bug that was seen at a real provider or client.

    Attributes:
        id: its name here, e.g. ``S-09``.
        title: what goes wrong, in a few words.
        sources: where it was seen: ``owner/repository#number``, or the name of a file of a repository.
        scenarios: the scenarios that cover it, as ``group/name``.
        tests: tests of this repository that cover it where no scenario can, as ``file::test``.
        reason: why nothing covers it.
    """

    id: str
    title: str
    sources: tuple[str, ...]
    scenarios: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reason: str = ""

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Each source and its address; a file of a repository has an empty one."""
        return [(source, _address(source)) for source in self.sources]

    @property
    def links(self) -> list[str]:
        """The sources as Markdown; an issue or a pull request is one address at its host."""
        return [f"[{source}]({url})" if url else source for source, url in self.addresses]


@cache
def known_bugs(folder: Path = FOLDER) -> Sequence[Bug]:
    """Every bug, file by file, in the order of each file.

    Raises:
        ValueError: an entry does not say what covers it, or has an unknown or missing field.
    """
    return tuple(
        _bug(name, entry, file)
        for file in sorted(folder.glob("*.toml"))
        for name, entry in tomllib.loads(file.read_text("utf-8")).items()
    )


def _bug(name: str, entry: dict[str, object], file: Path) -> Bug:
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        bug = Bug(id=name, **lists)  # type: ignore[arg-type]  # the fields are checked by the constructor
    except TypeError as error:
        raise ValueError(f"{file.name}: {name}: {error}") from error
    if not (bug.scenarios or bug.tests or bug.reason):
        raise ValueError(f"{file.name}: {name} names neither what covers it nor why nothing does")
    return bug


def _address(source: str) -> str:
    repository, hash_, number = source.partition("#")
    if not hash_ or not number.isdecimal():
        return ""
    return f"https://github.com/{repository}/issues/{number}"
