"""Many secrets, each over a real socket through the recording, and none on the disk or in a log.

What the recorder as a whole leaves behind is looked at in ``test_recorder_secrets.py``.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conformance import recording
from conformance.recording import SecretFound
from tests.recording.cassette_server import RERECORD, STORED, Reply, provenance, serving, store
from tests.recording.secret_plants import Plant, kept_out, refused

KEPT_OUT, REFUSED = list(kept_out()), list(refused())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log of everything, as a developer may want it."""
    handler = logging.FileHandler(tmp_path / "debug.log", encoding="utf-8")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path / "debug.log"
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def record(path: Path, plant: Plant, *named: str) -> None:
    """The exchange, over a socket; the recorder is told of ``named`` secrets."""
    secrets = {f"SECRET_{number}": value for number, value in enumerate(named)}
    with (
        serving([plant.reply]) as base,
        recording.record(path, provenance(), base, STORED, secrets or {"OTHER": "another-secret"}),
    ):
        exchange(base, plant)


def exchange(base: str, plant: Plant) -> httpx.Response:
    headers = {"content-type": "application/json", **plant.headers}
    with httpx.Client(trust_env=False, timeout=10) as http:
        response = http.post(base + plant.path, content=plant.body, headers=headers)
    logging.getLogger("provider").warning("%s answered %s", response, response.text)
    return response


def assert_not_told(plant: Plant, *texts: str) -> None:
    for text in texts:
        for value in (plant.value, plant.wire):
            assert not value or value not in text


def assert_nowhere_below(folder: Path, plant: Plant) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert_not_told(plant, *(path.read_text("utf-8") for path in files), *map(str, files))


def test_there_are_enough() -> None:
    assert len({plant.value for plant in (*KEPT_OUT, *REFUSED)}) == len(KEPT_OUT) + len(REFUSED) > 60


@pytest.mark.parametrize("known", [True, False], ids=["named", "unknown"])
@pytest.mark.parametrize("plant", KEPT_OUT, ids=lambda plant: plant.name)
def test_what_only_carries_a_secret_is_recorded_without_it(
    tmp_path: Path, log: Path, plant: Plant, known: bool
) -> None:
    path = tmp_path / "c.yaml"
    record(path, plant, *([plant.value] if known else []))
    assert len(recording.read(path, RERECORD).interactions) == 1
    assert log.is_file()
    assert_nowhere_below(tmp_path, plant)


@pytest.mark.parametrize("plant", REFUSED, ids=lambda plant: plant.name)
def test_what_says_a_secret_again_is_refused_and_the_old_recording_stays(
    tmp_path: Path, log: Path, plant: Plant
) -> None:
    path = store(tmp_path / "c.yaml")
    before = path.read_bytes()
    with pytest.raises(SecretFound) as caught:
        record(path, plant, "other", plant.value)
    assert str(caught.value).startswith(f"{path}: the value of SECRET_1 would be stored at ")
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, log]
    assert_nowhere_below(tmp_path, plant)
    assert_not_told(plant, "".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize(
    "plant",
    [plant for plant in KEPT_OUT if plant.opens],
    ids=lambda plant: plant.name,
)
def test_a_credential_that_nobody_named_is_searched_for_all_the_same(tmp_path: Path, plant: Plant) -> None:
    """The server repeats it in its error text."""
    echo = Plant(
        plant.name, plant.value, plant.path, plant.headers, reply=Reply(f"no {plant.value}!".encode())
    )
    with pytest.raises(SecretFound) as caught:
        record(tmp_path / "c.yaml", echo)
    assert_not_told(plant, str(caught.value))
    assert list(tmp_path.iterdir()) == []


def test_the_suites_own_wrong_key_may_be_said_again(tmp_path: Path) -> None:
    """A scenario sends one that nobody owns, and some servers repeat it."""
    key = "sk-conformance-wrong-key"
    plant = Plant("", key, headers={"x-api-key": key}, reply=Reply(f"wrong: {key}".encode(), 401))
    record(tmp_path / "c.yaml", plant)
    [answered] = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert answered.request.headers["x-api-key"] == "<UNKNOWN_KEY>"
