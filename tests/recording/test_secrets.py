"""A key is stored as a placeholder, and a wrong key is still wrong in replay."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from conformance import recording
from conformance.recording import Interaction, RequestNotRecorded, SecretFound
from tests.recording.cassette_server import CHAT, STORED, provenance, replaying, request, response

LIVE = "sk-live/0123+456=é~~>>>???"
REPLAY = "sk-replay"


def recorded(path: Path, *interactions: Interaction, secrets: tuple[str, ...] = (LIVE,)) -> Path:
    recorder = recording.Recorder(provenance(), STORED, STORED, secrets)
    for each in interactions:
        recorder.add(each.request, each.response)
    recorder.save(path)
    return path


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
@pytest.mark.parametrize("form", ["{}", "Bearer {}"])
def test_a_key_is_stored_as_a_placeholder_and_matched_by_the_key_of_the_replay(
    tmp_path: Path, header: str, form: str
) -> None:
    path = recorded(
        tmp_path / "c.yaml", Interaction(request(headers={header: form.format(LIVE)}), response())
    )

    assert f"{header}: {form.format('<API_KEY>')}" in path.read_text(encoding="utf-8")
    with replaying(path, REPLAY) as (_, http):
        http.post(CHAT, json={}, headers={header: form.format(REPLAY)})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer another-key"},
        {"authorization": REPLAY},
        {"authorization": f"bearer {REPLAY}"},
        {"authorization": f"Basic {REPLAY}"},
        {"authorization": f"Bearer  {REPLAY}"},
        {"authorization": f"Bearer {REPLAY}x"},
        {"x-api-key": REPLAY},
        {"authorization": f"Bearer {REPLAY}", "x-api-key": REPLAY},
        {"authorization": "Bearer second-key"},
    ],
)
def test_a_missing_a_wrong_or_a_misplaced_key_finds_no_recording(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    asking = request(headers={"authorization": f"Bearer {LIVE}"})
    path = recorded(tmp_path / "c.yaml", Interaction(asking, response()))

    with (
        replaying(path, REPLAY, "second-key") as (player, http),
        pytest.raises(RequestNotRecorded) as caught,
    ):
        http.post(CHAT, json={}, headers=headers)

    assert "header " in player.misses[0]
    shown = "".join(traceback.format_exception_only(caught.value)) + player.misses[0]
    for value in ("another-key", "second-key", REPLAY):
        assert value not in shown


def test_an_unnamed_key_is_not_stored_and_differs_from_a_named_one(tmp_path: Path) -> None:
    """A scenario of a wrong key sends one that the recorder does not know."""
    path = recorded(
        tmp_path / "c.yaml",
        Interaction(request(headers={"authorization": "Bearer unknown-1"}), response(b"1")),
        Interaction(request(headers={"authorization": "unknown 2"}), response(b"2")),
    )

    assert "unknown" not in path.read_text(encoding="utf-8").lower().replace("<unknown_key>", "")
    with replaying(path, REPLAY) as (_, http):
        assert http.post(CHAT, json={}, headers={"authorization": "Bearer wrong"}).json() == 1
        with pytest.raises(RequestNotRecorded):
            http.post(CHAT, json={}, headers={"authorization": f"Bearer {REPLAY}"})


def test_a_secret_in_the_provenance_stops_the_saving(tmp_path: Path) -> None:
    """The plants of ``test_plants.py`` are in requests and responses."""
    recorder = recording.Recorder(provenance(model=f"a {LIVE} b"), STORED, STORED, ["other-secret", LIVE])
    with pytest.raises(SecretFound, match=r"secret number 2 would be stored at \$\.provenance\.model"):
        recorder.save(tmp_path / "c.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_message_of_a_miss_contains_no_secret(tmp_path: Path) -> None:
    path = recorded(tmp_path / "c.yaml", Interaction(request(), response()))
    with replaying(path, REPLAY) as (player, http), pytest.raises(RequestNotRecorded):
        http.post(f"{CHAT}/{REPLAY}?key={REPLAY}", json={"key": REPLAY})
    assert REPLAY not in player.misses[0]
    assert "<API_KEY>" in player.misses[0]


@pytest.mark.parametrize("secrets", ["sk-text", ["", "a"]])
def test_an_empty_secret_is_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="non-empty"):
        recording.Recorder(provenance(), STORED, STORED, secrets)
