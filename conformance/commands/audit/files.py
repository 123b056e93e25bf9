"""What can be said of recordings without replaying them: their secrets and their origin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.commands.audit.detectors import suspicious
from conformance.commands.audit.finding import Finding
from conformance.recording import CassetteError, Recording, read
from conformance.recording.cassette.file import document
from conformance.recording.playback.commands import ACCEPT, RERECORD
from conformance.recording.secrets.encodings import places, readings
from conformance.recording.secrets.patterns import accounts_in
from conformance.recording.secrets.search import found_in
from conformance.runner.targets.target import Target
from conformance.servers.hosted import stored_url

LEAKED = "revoke it, then read SECURITY.md"
AGAIN = f"record it again with {RERECORD}, or delete it"
_OLDEST = datetime(2024, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(days=1)

_NOWHERE = ".invalid"
"""How the host of an engine ends in a recording: its real address is the recording machine's."""

_Hosts = Mapping[tuple[str, str], str]
"""The host that each recorded target is declared to have; empty for an engine's."""


def files_of(root: Path) -> list[Path]:
    """Every file below ``root``."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def look_at_files(
    root: Path, targets: Sequence[Target], secrets: Mapping[str, str], now: datetime | None = None
) -> Iterator[Finding]:
    """What is wrong with the files below ``root``.

    Args:
        root: the folder of the recordings.
        targets: what the project declares.
        secrets: values that must not be found, by their names.
        now: no recording may be younger; None where the clock is not to be trusted.
    """
    recorded = {
        (target.backend, target.name): stored_url(target.hosted) if target.hosted is not None else ""
        for target in targets
        if target.source == "recording" or target.hosted is not None
    }
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".yaml":
            yield from _cassette(path, name, recorded, secrets, now)
        elif path.suffix == ".json":
            yield from _snapshot(path, name, secrets)
        else:
            yield Finding(name, "", "neither a recording nor a snapshot", "delete it")


def _cassette(
    path: Path, name: str, hosts: _Hosts, secrets: Mapping[str, str], now: datetime | None
) -> Iterator[Finding]:
    try:
        recording = read(path, RERECORD)
    except CassetteError:
        # Its words may quote the file.
        yield Finding(name, "", "cannot be read as a recording", AGAIN)
        return
    yield from _secrets(document(recording), name, secrets)
    yield from (Finding(name, "$.provenance", kind, AGAIN) for kind in _origin(recording, name, hosts, now))
    for index, each in enumerate(recording.interactions):
        if urlsplit(each.request.uri).netloc != urlsplit(recording.provenance.host).netloc:
            place = f"$.interactions[{index}].request.uri"
            yield Finding(name, place, "asks another host than the provenance names", AGAIN)


def _snapshot(path: Path, name: str, secrets: Mapping[str, str]) -> Iterator[Finding]:
    if not path.with_suffix(".yaml").is_file():
        yield Finding(name, "", "a snapshot without a recording", "delete it")
    try:
        answers = json.loads(path.read_text("utf-8"))
    except ValueError:
        yield Finding(name, "", "cannot be read as JSON", f"write it again with {ACCEPT}")
        return
    yield from _secrets(answers, name, secrets)


def _secrets(plain: Any, name: str, secrets: Mapping[str, str]) -> Iterator[Finding]:
    parts = {value: f"the value of {variable}" for variable, value in secrets.items()}

    @cache
    def find(text: str) -> str:
        # What stands in a text as it is, is account data; in one that was decoded, it may be chance.
        return found_in(text, parts) or next(accounts_in(text), "") or _escaped(text)

    found = [*places(plain, find), *suspicious(plain)]
    yield from (Finding(name, place, kind, LEAKED) for place, kind in dict.fromkeys(found))


def _escaped(text: str) -> str:
    """Account data that stands in JSON in a text."""
    return next((kind for each in readings(text, 1) if "\0" not in each for kind in accounts_in(each)), "")


def _origin(recording: Recording, name: str, hosts: _Hosts, now: datetime | None) -> Iterator[str]:
    told = recording.provenance
    if name != f"{told.backend}/{told.target}/{told.scenario}.yaml":
        yield "lies in another place than it says"
    declared = hosts.get((told.backend, told.target))
    if declared is None:
        yield "is of a target that pyproject.toml does not declare as recorded"
    elif told.host != declared if declared else not told.host.endswith(_NOWHERE):
        yield "was recorded from another host than pyproject.toml declares"
    recorded = datetime.fromisoformat(told.recorded)
    if recorded < _OLDEST or (now is not None and recorded > now + _CLOCKS_DIFFER):
        yield "was recorded at a time that cannot be"
