"""``make audit``: what it finds in recordings, and that it finds nothing in the committed ones.

The damaged recordings are copies in a scratch folder, for no recorder makes such.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.commands.audit.files import Finding, check_files, files_of
from conformance.recording.network_guard import guarded, nothing
from conformance.recording.secrets.unnamed import detectors, suspicious
from conformance.runner.targets.pyproject import bound_targets
from tests.support.project import RECORDED, REPOSITORY, Project, Run

TARGETS = bound_targets(REPOSITORY / "pyproject.toml")
NOW = datetime(2027, 1, 1, tzinfo=UTC)
CASSETTE, SNAPSHOT = "openai/engine/invoke/text.yaml", "openai/engine/invoke/text.json"
KEY = "a-key-of-no-known-shape-0123"


def test_the_committed_recordings_have_no_secret_and_the_right_provenance() -> None:
    """Without their age: the clock of the machine that tests may be wrong, and no recording is for that."""
    root = REPOSITORY / "cassettes"
    assert len(files_of(root)) > 500
    assert list(check_files(root, TARGETS, {})) == []


def test_the_committed_recordings_have_no_trace_of_the_machine_that_made_them() -> None:
    """Its addresses, its folders, and the beginning of the keys that the engine was given."""
    machine = re.compile(r"127\.0\.0\.1|localhost:|/(home|root|work|tmp|Users)/|sk-conformance")
    files = files_of(REPOSITORY / "cassettes")
    assert [path for path in files if machine.search(path.read_text("utf-8"))] == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One recording with its snapshot, as they are committed."""
    cassette = tmp_path / CASSETTE
    cassette.parent.mkdir(parents=True)
    for name in (CASSETTE, SNAPSHOT):
        shutil.copyfile(REPOSITORY / "cassettes" / name, tmp_path / name)
    return tmp_path


def look(root: Path) -> list[Finding]:
    with guarded(nothing) as refusals:
        found = list(check_files(root, TARGETS, {"SOME_TOKEN": KEY}, NOW))
    assert refusals == []
    return found


def test_an_untouched_recording_is_fine(root: Path) -> None:
    assert look(root) == []


Damage = Callable[[str], str]


def instead(old: str, new: str) -> Damage:
    def damaged(content: str) -> str:
        assert old in content
        return content.replace(old, new)

    return damaged


def answers(text: str) -> Damage:
    return instead("Hello, world!", text)


SECRETS: dict[str, tuple[str, str]] = {
    "the value of a variable": (KEY, "the value of SOME_TOKEN"),
    "the same in base64": (base64.b64encode(f"x:{KEY}".encode()).decode(), "the value of SOME_TOKEN"),
    "a known shape": ("sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v", "a key of the form sk-…"),
    "what only detect-secrets knows": ("AC" + "0123456789abcdef" * 2, "Twilio API Key"),
    "a random text": (
        "Zq3vX9tLw7Kp2RmY8sBn4HdJ6fGc1QaE",
        "Base64 High Entropy String",
    ),
    "an address": ("jane.doe@corp.io", "an e-mail address"),
    "an account": ("arn:aws:iam::123456789012:user/x", "an AWS account id"),
    "an address of the network": ("203.0.114.77", "Public IP (ipv4)"),
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("file", [CASSETTE, SNAPSHOT])
def test_a_secret_is_reported_by_file_place_and_kind(root: Path, name: str, file: str) -> None:
    value, kind = SECRETS[name]
    path = root / file
    path.write_text(answers(f"it is {value} you know")(path.read_text("utf-8")), "utf-8")
    found = [each for each in look(root) if each.kind == kind]
    assert found, look(root)
    assert {each.file for each in found} == {file}
    assert all(each.place.startswith("$") and "SECURITY.md" in each.advice for each in found)
    assert not any(value in str(each) for each in look(root))


ORIGINS: dict[str, tuple[Damage, str, str]] = {
    "another scenario": (
        instead("scenario: invoke/text", "scenario: invoke/other"),
        "$.provenance",
        "not at the path",
    ),
    "no such target": (instead("target: engine", "target: gone"), "$.provenance", "does not declare"),
    "a script's target": (instead("target: engine", "target: groq"), "$.provenance", "does not declare"),
    "the future": (instead("recorded: '2026", "recorded: '2031"), "$.provenance", "impossible time"),
    "before all of this": (
        instead("recorded: '2026", "recorded: '1998"),
        "$.provenance",
        "impossible time",
    ),
    "a machine": (
        instead("http://engine.invalid", "http://192.168.0.7:8080"),
        "$.provenance",
        "another host than pyproject.toml declares",
    ),
    "another host": (
        instead("uri: http://engine.invalid", "uri: http://other.invalid"),
        "$.interactions[0].request.uri",
        "another host",
    ),
    "no recording": (instead("source: recording", "source: script"), "", "cannot be read as a recording"),
    "half a recording": (lambda content: content[: len(content) // 2], "", "cannot be read as a recording"),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_a_wrong_provenance_is_reported(root: Path, name: str) -> None:
    damage, place, words = ORIGINS[name]
    path = root / CASSETTE
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    assert [each.place for each in look(root) if words in each.kind][:1] == [place]


def test_a_file_that_is_not_a_recording_is_reported(root: Path) -> None:
    (root / "openai/.text.yaml.01.tmp").write_text("left", "utf-8")
    (root / CASSETTE).unlink()
    (root / SNAPSHOT).write_text("[", "utf-8")
    assert {(each.file, each.kind) for each in look(root)} == {
        ("openai/.text.yaml.01.tmp", "is neither a recording nor a snapshot"),
        (SNAPSHOT, "is a snapshot without a recording"),
        (SNAPSHOT, "cannot be read as JSON"),
    }


def test_a_random_text_is_allowed_only_as_an_id() -> None:
    """An id is random; a password that is called an id is one all the same."""
    drawn = "Zq3vX9tLw7Kp2RmY8sBn4HdJ6fGc1QaE"
    assert list(suspicious({"id": drawn, "tool_call_id": drawn})) == []
    assert list(suspicious({"id": "AKIA2B3C4D5E6F7G8H9J"})) == [("$.id", "AWS Access Key")]
    assert {place for place, _ in suspicious({"private_key_id": drawn})} == {"$.private_key_id"}
    event = f"data: {json.dumps({'choices': [{'delta': {'content': drawn}}]})}"
    assert list(suspicious({"lines": [event]})) == [
        ("$.lines[0].choices[0].delta.content", "Base64 High Entropy String")
    ]
    assert len(detectors()) > 20


@dataclass(frozen=True)
class Audited:
    """This repository's recordings of one target in a project of their own: as they are, and damaged."""

    project: Project
    clean: Run
    damaged: Run


def twice(content: str) -> str:
    """Every interaction a second time."""
    head, line, interactions = content.partition("interactions:\n")
    return f"{head}{line}{interactions.removesuffix('...' + chr(10))}{interactions}"


DAMAGED: dict[str, tuple[Damage, str]] = {
    "invoke/max_tokens": (
        instead("digest: c2be118f66f3", "digest: '0123456789ab'"),
        "is stale: its scenario now asks something else",
    ),
    "invoke/memory": (twice, "contains an interaction that no scenario requests"),
    "invoke/stop_sequence": (
        instead("/v1/chat/completions", "/v1/completions"),
        "does not answer a request that its scenario sends",
    ),
}


ENGINE = """
context = 2048
accepts = ["unknown_model"]
capabilities = { image = false }
"""


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    project = Project(tmp_path_factory.mktemp("audited"), "provider:OpenAILLM")
    # What this repository declares of the engine too: it decides which scenarios there are.
    project.append("pyproject.toml", ENGINE)
    shutil.copytree(RECORDED, project.cassettes / "openai" / "engine", dirs_exist_ok=True)
    clean = project.command("audit")
    for scenario, (damage, _) in DAMAGED.items():
        path = project.cassette(scenario)
        path.write_text(damage(path.read_text("utf-8")), "utf-8")
    project.recording("invoke/gone")
    project.cassette("invoke/system_prompt").unlink()
    snapshot = project.cassette("invoke/text").with_suffix(".json")
    snapshot.write_text(answers(f"it is {KEY}")(snapshot.read_text("utf-8")), "utf-8")
    return Audited(project, clean, project.command("audit", SOME_TOKEN=KEY))


def test_an_audit_without_findings_passes_and_prints_what_it_checked(audited: Audited) -> None:
    assert audited.clean.status == 0, audited.clean.output
    first, *_, last = audited.clean.output.splitlines()
    recordings = len(list(RECORDED.rglob("*.yaml")))
    snapshots = len(list(RECORDED.rglob("*.json")))
    assert first == f"{recordings} recordings and {snapshots} snapshots below {audited.project.cassettes}"
    assert last == f"{recordings} scenarios replayed, 0 findings"
    assert "detectors of detect-secrets" in audited.clean.output


@pytest.mark.parametrize("scenario", DAMAGED)
def test_a_recording_that_no_longer_replays_is_reported_with_the_command(
    audited: Audited, scenario: str
) -> None:
    _, kind = DAMAGED[scenario]
    command = f"python -m conformance record --target openai@engine --scenario {scenario}"
    assert f"openai/engine/{scenario}.yaml: {kind}: {command}" in audited.damaged.output.splitlines()


def test_a_missing_an_orphaned_and_a_wrongly_decoded_recording_are_reported(audited: Audited) -> None:
    lines = audited.damaged.output.splitlines()
    for kind in ("yaml", "json"):
        assert f"openai/engine/invoke/gone.{kind}: belongs to no scenario: delete it" in lines
    again = "python -m conformance record --target openai@engine --scenario invoke"
    assert f"openai/engine/invoke/system_prompt.yaml: is missing: {again}/system_prompt" in lines
    [failed] = [line for line in lines if "invoke/text.yaml: fails in replay" in line]
    assert failed.endswith(f"{again}/text")


def test_the_value_of_a_variable_is_found_and_not_printed(audited: Audited) -> None:
    found = [line for line in audited.damaged.output.splitlines() if "SOME_TOKEN" in line]
    place = "openai/engine/invoke/text.json $[{}].response.content: the value of SOME_TOKEN: "
    assert [line.partition("revoke")[0] for line in found] == [place.format(0), place.format(1)]
    assert KEY not in audited.damaged.output
    assert audited.damaged.status == 1
