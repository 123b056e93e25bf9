"""Checks recordings without replaying them: their secrets and their provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.files import content
from conformance.recording import CassetteError, Recording, read
from conformance.recording.cassette import bodies
from conformance.recording.cassette.file import LARGEST, SUFFIXES, document
from conformance.recording.playback.commands import ACCEPT, RERECORD
from conformance.recording.secrets.encodings import Find, places, readings
from conformance.recording.secrets.patterns import accounts_in
from conformance.recording.secrets.search import found_in
from conformance.recording.secrets.unnamed import suspicious
from conformance.runner.targets.target import Target
from conformance.servers.hosted import stored_url

LEAKED = "revoke it, then read SECURITY.md"
AGAIN = f"record it again with {RERECORD}, or delete it"
_OLDEST = datetime(2024, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(days=1)

_NOWHERE = ".invalid"
"""The end of an engine's host in a recording, in place of its real address."""

_Hosts = Mapping[tuple[str, str], str]
"""The declared host of each recorded target; empty for an engine."""


@dataclass(frozen=True)
class Finding:
    """Something wrong with a recording; it contains no value of the file.

    Attributes:
        file: the file, relative to the folder of the recordings.
        place: the JSON path in the file; empty for the whole file.
        kind: what is wrong.
        advice: what to do.
    """

    file: str
    place: str
    kind: str
    advice: str

    def __str__(self) -> str:
        place = f" {self.place}" if self.place else ""
        return f"{self.file}{place}: {self.kind}: {self.advice}"


def files_of(root: Path) -> list[Path]:
    """Everything below ``root`` but folders; one that is named like a recording or a snapshot counts."""
    return sorted(
        path for path in root.rglob("*") if path.is_symlink() or not path.is_dir() or path.suffix in SUFFIXES
    )


def check_files(
    root: Path, targets: Sequence[Target], secrets: Mapping[str, str], now: datetime | None = None
) -> Iterator[Finding]:
    """The findings in the files below ``root``.

    Args:
        root: the folder of the recordings.
        targets: the targets of the project.
        secrets: values that no file may contain, by their names.
        now: no recording may be younger; None where the clock may be wrong.
    """
    recorded = {
        (target.backend, target.name): stored_url(target.hosted) if target.hosted is not None else ""
        for target in targets
        if (target.source == "recording" or target.hosted is not None) and not target.replays
    }
    find = _finder(secrets)
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            yield Finding(name, "", "is a symbolic link", "delete it")
        elif path.suffix == ".yaml":
            yield from _cassette(path, name, recorded, find, now)
        elif path.suffix == ".json":
            yield from _snapshot(path, name, find)
        else:
            yield Finding(name, "", "is neither a recording nor a snapshot", "delete it")


def _cassette(path: Path, name: str, hosts: _Hosts, find: Find, now: datetime | None) -> Iterator[Finding]:
    try:
        recording = read(path, RERECORD)
    except CassetteError:
        # The message of the error may quote the file.
        yield Finding(name, "", "cannot be read as a recording", AGAIN)
        return
    # Nothing is written, so that no form must be seen to come back from YAML: that takes half of an audit.
    yield from _secrets(document(recording, bodies.shown), name, find)
    yield from (Finding(name, "$.provenance", kind, AGAIN) for kind in _origin(recording, name, hosts, now))
    for index, each in enumerate(recording.interactions):
        if urlsplit(each.request.uri).netloc != urlsplit(recording.provenance.host).netloc:
            place = f"$.interactions[{index}].request.uri"
            yield Finding(name, place, "requests another host than its provenance names", AGAIN)


def _snapshot(path: Path, name: str, find: Find) -> Iterator[Finding]:
    if not path.with_suffix(".yaml").is_file():
        yield Finding(name, "", "is a snapshot without a recording", "delete it")
    try:
        answers = bodies.parse(content(path, LARGEST))
    except (OSError, bodies.NotJSON):
        yield Finding(name, "", "cannot be read as JSON", f"write it again with {ACCEPT}")
        return
    yield from _secrets(answers, name, find)


def _finder(secrets: Mapping[str, str]) -> Find:
    """Names what a text contains; the files have most of their texts in common, so each is looked at once."""
    parts = {value: f"the value of {variable}" for variable, value in secrets.items()}

    @cache
    def find(text: str) -> str:
        # In a decoded text, something that looks like account data may be chance.
        return found_in(text, parts) or next(accounts_in(text), "") or _escaped(text)

    return find


def _secrets(plain: Any, name: str, find: Find) -> Iterator[Finding]:
    found = [*places(plain, find), *suspicious(plain)]
    yield from (Finding(name, place, kind, LEAKED) for place, kind in dict.fromkeys(found))


def _escaped(text: str) -> str:
    """The kind of account data in a text that is escaped as JSON."""
    return next((kind for each in readings(text, 1) if "\0" not in each for kind in accounts_in(each)), "")


def _origin(recording: Recording, name: str, hosts: _Hosts, now: datetime | None) -> Iterator[str]:
    origin = recording.provenance
    if name != f"{origin.backend}/{origin.target}/{origin.scenario}.yaml":
        yield "is not at the path that its provenance names"
    declared = hosts.get((origin.backend, origin.target))
    if declared is None:
        yield "names a target that pyproject.toml does not declare as recorded"
    elif origin.host != declared if declared else not origin.host.endswith(_NOWHERE):
        yield "was recorded from another host than pyproject.toml declares"
    recorded = datetime.fromisoformat(origin.recorded)
    if recorded < _OLDEST or (now is not None and recorded > now + _CLOCKS_DIFFER):
        yield "has an impossible time of recording"
