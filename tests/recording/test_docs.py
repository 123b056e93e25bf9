"""docs/cassettes.md agrees with the code: its example is a committed file, and its lists are complete."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from conformance.recording import Provenance
from conformance.recording.cassette import bodies
from conformance.recording.playback import record as recorder
from conformance.recording.secrets.credentials import UNKNOWN
from conformance.recording.wire_format import known
from conformance.report.age import OLD

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cassettes.md").read_text("utf-8")


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def kept(message: str) -> set[str]:
    """The headers that the table lists for a request or a response."""
    [line] = [line for line in section("Interactions").splitlines() if line.startswith(f"| {message} |")]
    return set(re.findall(r"`([\w-]+)`", line))


def test_the_example_is_a_committed_cassette() -> None:
    """Recorded again, it is to be shown again: paste it."""
    [(name, example)] = re.findall(r"`(cassettes/\S+\.yaml)`:\n\n```yaml\n(.*?)```", PAGE, re.S)
    assert example == (ROOT / name).read_text("utf-8")


def test_every_field_of_the_provenance_is_explained() -> None:
    assert {field.name for field in fields(Provenance)} <= set(re.findall(r"`(\w+)`", section("Provenance")))


def test_the_headers_that_are_kept_are_listed() -> None:
    assert kept("request") == {"content-type", *known().key_headers}
    assert kept("response") == set(recorder._RESPONSE_HEADERS)
    assert f"`{UNKNOWN}`" in PAGE


def test_every_form_of_a_body_is_explained() -> None:
    kinds = {b"{}": "application/json", b"data: 1\n\n": "text/event-stream", b"a": "text/plain", b"\xff": ""}
    forms = {name for body, kind in kinds.items() for name in bodies.encode(body, kind)}
    assert forms == {"json", "lines", "line_end", "text", "base64", "reason"}
    assert forms <= set(re.findall(r"`(\w+)`", section("Bodies")))


def test_the_days_after_which_a_recording_is_old_are_those_of_the_code() -> None:
    assert f"older than {OLD} days" in " ".join(PAGE.split())
