"""Many secrets, each recorded over a real socket, and none on the disk or in a log.

``tests/commands/record/test_secrets.py`` asks the same of the recorder as a whole.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import recording
from conformance.recording import SecretFound
from tests.recording.cassette_server import RERECORD, Reply, record, store
from tests.recording.secret_plants import Plant, kept_out, refused

KEPT_OUT, REFUSED = list(kept_out()), list(refused())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log of everything, down to debug messages."""
    handler = logging.FileHandler(tmp_path / "debug.log", encoding="utf-8")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path / "debug.log"
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def record_plant(path: Path, plant: Plant, *named: str) -> None:
    """Record the exchange over a socket, with the ``named`` secrets; the answer is logged too."""
    secrets = {f"SECRET_{number}": value for number, value in enumerate(named)}
    record(path, plant.reply, route=plant.path, sent=plant.headers, body=plant.body, secrets=secrets)


def assert_absent(plant: Plant, *texts: str) -> None:
    for text in texts:
        for value in (plant.value, plant.wire):
            assert not value or value not in text


def assert_absent_below(folder: Path, plant: Plant) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert_absent(plant, *(path.read_text("utf-8") for path in files), *map(str, files))


def test_every_secret_is_different() -> None:
    assert len({plant.value for plant in (*KEPT_OUT, *REFUSED)}) == len(KEPT_OUT) + len(REFUSED) > 60


@pytest.mark.parametrize("known", [True, False], ids=["named", "unknown"])
@pytest.mark.parametrize("plant", KEPT_OUT, ids=lambda plant: plant.name)
def test_a_secret_in_a_part_that_is_not_kept_is_not_stored(
    tmp_path: Path, log: Path, plant: Plant, known: bool
) -> None:
    path = tmp_path / "c.yaml"
    record_plant(path, plant, *([plant.value] if known else []))
    assert len(recording.read(path, RERECORD).interactions) == 1
    assert log.is_file()
    assert_absent_below(tmp_path, plant)


@pytest.mark.parametrize("plant", REFUSED, ids=lambda plant: plant.name)
def test_a_secret_in_a_part_that_is_kept_is_refused_and_the_old_recording_stays(
    tmp_path: Path, log: Path, plant: Plant
) -> None:
    path = store(tmp_path / "c.yaml")
    before = path.read_bytes()
    with pytest.raises(SecretFound) as caught:
        record_plant(path, plant, "other", plant.value)
    message = str(caught.value)
    assert message.startswith(f"{path}: the value of SECRET_1 would be stored at ")
    assert message.endswith(f"{plant.place}; nothing was written")
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, log]
    assert_absent_below(tmp_path, plant)
    assert_absent(plant, "".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize(
    "plant",
    [plant for plant in KEPT_OUT if plant.opens],
    ids=lambda plant: plant.name,
)
def test_an_unnamed_credential_that_the_server_repeats_is_refused(tmp_path: Path, plant: Plant) -> None:
    echo = Plant(
        plant.name, plant.value, plant.path, plant.headers, reply=Reply(f"no {plant.value}!".encode())
    )
    with pytest.raises(SecretFound) as caught:
        record_plant(tmp_path / "c.yaml", echo)
    assert_absent(plant, str(caught.value))
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_repeats_the_suites_own_wrong_key_is_stored(tmp_path: Path) -> None:
    """A scenario sends a wrong key of the suite, and some servers repeat it."""
    key = "sk-conformance-wrong-key"
    plant = Plant("", key, headers={"x-api-key": key}, reply=Reply(f"wrong: {key}".encode(), 401))
    record_plant(tmp_path / "c.yaml", plant)
    [answered] = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert answered.request.headers["x-api-key"] == "<UNKNOWN_KEY>"
