"""A cassette is written in one step and one encoding, and a damaged one has a clear error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import recording
from conformance.recording import Interaction
from conformance.recording.cassette.errors import (
    CassetteCorrupt,
    CassetteEmpty,
    CassetteError,
    CassetteMissing,
    CassetteTruncated,
    RoundTripFailed,
)
from conformance.recording.cassette.file import orphans
from tests.recording.cassette_server import EVENTS, RERECORD, provenance, request, response, store

WHOLE = (
    Interaction(
        request(b'{"text":"one\\n...\\ntwo","list":["...", "\\n...\\n"]}'), response(b'["\\n...\\n"]')
    ),
    Interaction(request(), response(b"...\n\n...\n\n", EVENTS)),
    Interaction(request(), response("é 😀".encode(), {})),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return store(tmp_path_factory.mktemp("files") / "c.yaml", *WHOLE).read_bytes()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "c.yaml"


def error_of(path: Path) -> CassetteError:
    with pytest.raises(CassetteError) as caught:
        recording.read(path, RERECORD)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).endswith(f": {RERECORD}")
    return caught.value


def test_a_written_cassette_reads_back(tmp_path: Path) -> None:
    recorded = recording.read(store(tmp_path / "c.yaml", *WHOLE), RERECORD)
    assert recorded.provenance == provenance()
    assert [each.response for each in recorded.interactions] == [each.response for each in WHOLE]


def test_a_missing_cassette_is_reported_as_missing(tmp_path: Path) -> None:
    error = error_of(tmp_path / "c.yaml")
    assert isinstance(error, CassetteMissing)
    assert "the cassette does not exist" in str(error)


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n"])
def test_an_empty_cassette_is_not_a_missing_one(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    error = error_of(path)
    assert isinstance(error, CassetteEmpty)
    assert "is empty" in str(error)


@settings(deadline=None)
@given(data=st.data())
def test_a_cassette_cut_anywhere_is_reported_as_truncated(
    whole: bytes, path: Path, data: st.DataObject
) -> None:
    """Only the last line end may be missing."""
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole) - 2))])
    error = error_of(path)
    assert isinstance(error, CassetteTruncated)
    assert "its end marker is missing" in str(error)


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("provenance:", "<<<<<<< HEAD\nprovenance:"),
        ("provenance:", "version https://git-lfs.github.com/spec/v1"),
        ("interactions:", "interactions: ["),
        ("interactions:", "interacting:"),
        ("source: recording", "source: handwork"),
        ("  model: tiny\n", ""),
        ("model: tiny", "model: 3"),
        ("recorded: '2026", "recorded: 'yesterday"),
        ("status: 200", "status: OK"),
        ("line_end: LF", "line_end: VT"),
        ("method: POST", "method: 1"),
        ("method: POST", "verb: POST"),
        ("uri: http", "uri: !!binary http"),
        ("interactions:", "interactions: 1\nothers:"),
        ("é", "\udce9"),
    ],
)
def test_a_damaged_cassette_is_reported_as_corrupt(whole: bytes, path: Path, part: str, damaged: str) -> None:
    assert part.encode() in whole
    path.write_bytes(whole.replace(part.encode(), damaged.encode("utf-8", "surrogateescape")))
    assert isinstance(error_of(path), CassetteCorrupt)


def test_a_checkout_with_crlf_line_ends_reads_the_same(whole: bytes, tmp_path: Path) -> None:
    crlf = tmp_path / "crlf.yaml"
    crlf.write_bytes(whole.replace(b"\n", b"\r\n"))
    assert recording.read(crlf, RERECORD) == recording.read(store(tmp_path / "c.yaml", *WHOLE), RERECORD)


def test_a_failing_write_leaves_only_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store(tmp_path / "c.yaml")
    before = path.read_bytes()

    def full(*_: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        store(path, *WHOLE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_value_that_would_read_back_changed_is_not_written(tmp_path: Path) -> None:
    """Bodies that YAML cannot hold are stored as base64; nothing else of that kind must slip by."""
    with pytest.raises(RoundTripFailed, match="nothing was written"):
        store(tmp_path / "c.yaml", Interaction(request(headers={"x-api-key": "a\ud800b"}), response()))
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_the_same_in_every_locale(tmp_path: Path, whole: bytes) -> None:
    script = (
        "import sys, pathlib; from conformance.recording import read; "
        "from conformance.recording.cassette import file; "
        "old, new = map(pathlib.Path, sys.argv[1:]); "
        "file.write(new, file.document(read(old, '')))"
    )
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONPATH": os.pathsep.join(map(str, sys.path)),
    }
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(whole)
    subprocess.run([sys.executable, "-c", script, old, new], env=environment, check=True)
    assert new.read_bytes() == whole


def test_cassettes_and_snapshots_without_a_scenario_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file may be named in another way, and a folder that does not exist has none."""
    names = ["b/one.yaml", "b/one.json", "a/two.yaml", "a/two.json", "a/README.md", "c/d/three.yaml"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    monkeypatch.chdir(tmp_path)
    expected = [Path("b/one.yaml"), tmp_path / "x/../b/one.json", tmp_path / "a/two.yaml", Path("new.yaml")]
    for root in (tmp_path, Path()):
        assert orphans(root, expected) == [root / "a/two.json", root / "c/d/three.yaml"]
    assert orphans(tmp_path / "nowhere", []) == []
