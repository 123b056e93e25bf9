"""Every recording of this repository: readable, a recording, and silent about the machine it was made on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.recording import read

CASSETTES = Path(__file__).parents[2] / "cassettes"
MACHINE = re.compile(r"127\.0\.0\.1|localhost:|/(home|root|work|tmp|Users)/|sk-conformance")
"""Addresses and folders of a machine, and the beginning of the keys that the engine was given."""


@pytest.mark.parametrize(
    "folder", sorted(CASSETTES.glob("*/*")), ids=lambda path: f"{path.parent.name}@{path.name}"
)
def test_a_recording_has_its_provenance_and_no_trace_of_the_machine(folder: Path) -> None:
    for cassette in sorted(folder.rglob("*.yaml")):
        provenance = read(cassette, "record it again").provenance
        assert provenance.source == "recording"
        assert f"{provenance.backend}/{provenance.target}/{provenance.scenario}" in cassette.as_posix()
        for path in (cassette, cassette.with_suffix(".json")):
            found = MACHINE.search(path.read_text("utf-8")) if path.is_file() else None
            assert found is None, f"{path} holds {found}"
