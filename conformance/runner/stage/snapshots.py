"""The decoded answers of a recording, one readable JSON file beside it."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from typing_extensions import override

from conformance.files import content
from conformance.recording import Player, Recorder
from conformance.recording.cassette.file import LARGEST
from conformance.recording.playback.commands import ACCEPT
from conformance.runner.collection.scenario import SCENARIO, Scenario
from conformance.runner.stage.stage import STAGE
from conformance.spec.interview import Interview


class DecodedAnswers(SingleFileSnapshotExtension):
    """Stores the decoded answers of a recording under the name of the recording."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"

    @override
    def serialize(self, data: Any, **_: Any) -> str:
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    @override
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(_scenario(test_location).snapshot.parent)

    @classmethod
    @override
    def discovery_dirname(cls, *, test_location: PyTestLocation) -> str:
        """The folder of the test: syrupy asks every collected file for one, also files without scenarios."""
        return str(test_location.item.path.parent)

    @classmethod
    @override
    def get_file_basename(cls, *, test_location: PyTestLocation, index: Any) -> str:
        return _scenario(test_location).snapshot.stem

    @classmethod
    @override
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Whether a file is the scenario's snapshot, which is not named after the test file."""
        return snapshot_location == str(_scenario(test_location).snapshot)

    @override
    def read_snapshot_data_from_location(self, *, snapshot_location: str, **_: Any) -> str | None:
        """The text of a snapshot; None where there is none."""
        try:
            text = content(Path(snapshot_location), LARGEST).decode("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            words = f"{snapshot_location}: the snapshot cannot be read ({error}); write it again: {ACCEPT}"
            pytest.fail(words, pytrace=False)
        return text.replace("\r\n", "\n")

    @override
    def discover_snapshots(self, **_: Any) -> SnapshotCollections:
        """Nothing: syrupy deletes files that it lists and did not use, and cassettes would be among them.

        Orphans are found by the suite itself (``conformance.recording.cassette.orphans``).
        """
        return SnapshotCollections()


SNAPSHOT = pytest.StashKey[SnapshotAssertion]()


def prepare(request: pytest.FixtureRequest) -> None:
    """Set up the snapshot of a scenario, to be compared when the scenario has passed."""
    request.node.stash[SNAPSHOT] = request.getfixturevalue("snapshot").use_extension(DecodedAnswers)


def compare(item: pytest.Item, interview: Interview) -> None:
    """Assert that the answers are decoded as they were when the recording was made."""
    snapshot, stage = item.stash[SNAPSHOT], item.stash[STAGE]
    source = stage.recorder or stage.player
    assert source is not None
    decoded: Any = _without_made_up_ids(interview.decoded, source)
    if stage.recorder is not None:
        # They were decoded from the wire and not from the stored recording, where secrets are replaced.
        decoded = stage.recorder.storable(decoded, item.stash[SCENARIO].snapshot)
    assert decoded == snapshot, (
        f"the recording is decoded differently than before; if that is right, accept it: {ACCEPT}"
    )


def _without_made_up_ids(decoded: Sequence[Any], source: Recorder | Player) -> list[Any]:
    """The answers with a placeholder for each id that no server sent: backends make up new ones each time."""
    answers = copy.deepcopy(list(decoded))
    calls = [call for each in answers for call in each["response"].get("tool_calls", ())]
    made_up = dict.fromkeys(call["id"] for call in calls if not source.answers_contain(call["id"]))
    names = {name: f"<made up {number}>" for number, name in enumerate(made_up, 1)}
    for call in calls:
        call["id"] = names.get(call["id"], call["id"])
    return answers


def _scenario(location: PyTestLocation) -> Scenario:
    return location.item.stash[SCENARIO]
