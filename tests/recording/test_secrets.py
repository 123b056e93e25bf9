"""No secret reaches a cassette, and a wrong key is still a wrong key in replay."""

from __future__ import annotations

import base64
import gzip
import json
import traceback
import zlib
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from conformance import recording
from conformance.recording import Interaction, Request, RequestNotRecorded, Response, SecretFound
from tests.recording.cassette_server import CHAT, EVENTS, JSON, RERECORD, STORED, asked, provenance, said

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
    path = recorded(tmp_path / "c.yaml", Interaction(asked(headers={header: form.format(LIVE)}), said()))

    assert f"{header}: {form.format('<API_KEY>')}" in path.read_text(encoding="utf-8")
    with recording.replay(path, RERECORD, [REPLAY]), httpx.Client(trust_env=False) as http:
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
    asking = asked(headers={"authorization": f"Bearer {LIVE}"})
    path = recorded(tmp_path / "c.yaml", Interaction(asking, said()))

    with (
        recording.replay(path, RERECORD, [REPLAY, "second-key"]) as player,
        httpx.Client(trust_env=False) as http,
        pytest.raises(RequestNotRecorded) as caught,
    ):
        http.post(CHAT, json={}, headers=headers)

    assert "header " in player.misses[0]
    shown = "".join(traceback.format_exception_only(caught.value)) + player.misses[0]
    for value in ("another-key", "second-key", REPLAY):
        assert value not in shown


def test_a_key_that_nobody_named_is_not_stored_and_is_another_than_the_known(tmp_path: Path) -> None:
    """A scenario of a wrong key sends one that the recorder does not know."""
    path = recorded(
        tmp_path / "c.yaml",
        Interaction(asked(headers={"authorization": "Bearer unknown-1"}), said(b"1")),
        Interaction(asked(headers={"authorization": "unknown 2"}), said(b"2")),
    )

    assert "unknown" not in path.read_text(encoding="utf-8").lower().replace("<unknown_key>", "")
    with recording.replay(path, RERECORD, [REPLAY]), httpx.Client(trust_env=False) as http:
        assert http.post(CHAT, json={}, headers={"authorization": "Bearer wrong"}).json() == 1
        with pytest.raises(RequestNotRecorded):
            http.post(CHAT, json={}, headers={"authorization": f"Bearer {REPLAY}"})


FORMS = {
    "plain": LIVE,
    "inside": f"a {LIVE} b",
    "URL-encoded": quote(LIVE, safe=""),
    "URL-encoded, small": quote(LIVE, safe="").replace("%2F", "%2f"),
    "base64": base64.b64encode(LIVE.encode()).decode(),
    "base64 of user and key": base64.b64encode(f"u:{LIVE}".encode()).decode(),
    "base64 of two more": base64.b64encode(f"me:{LIVE}.".encode()).decode(),
    "JSON-escaped": "".join(f"\\u{ord(character):04x}" for character in LIVE),
    "JSON-escaped in part": LIVE.replace("/", "\\/"),
    "gzip in base64": base64.b64encode(gzip.compress(f"key={LIVE}".encode())).decode(),
    "deflate in base64": base64.b64encode(zlib.compress(LIVE.encode())).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"?{LIVE}?".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("uri", "$.interactions[0].request.uri"),
        ("question", "$.interactions[0].request.body.json.messages[0].content"),
        ("key", "a key of $.interactions[0].request.body.json"),
        ("answer", "$.interactions[0].response.body.json.echo"),
        ("stream", "$.interactions[0].response.body.lines[0]"),
        ("text", "$.interactions[0].response.body.text"),
        ("header", "$.interactions[0].response.headers.content-type"),
        ("provenance", "$.provenance.model"),
    ],
)
def test_a_secret_anywhere_else_stops_the_saving(tmp_path: Path, form: str, place: str, where: str) -> None:
    value = FORMS[form]
    request: Request = asked()
    response: Response = said()
    origin = provenance()
    match place:
        case "uri":
            request = asked(uri=f"{CHAT}?prompt={value}")
        case "question":
            request = asked(json.dumps({"messages": [{"content": value}]}).encode())
        case "key":
            request = asked(json.dumps({value: 1}).encode())
        case "answer":
            response = said(json.dumps({"echo": value}).encode())
        case "stream":
            response = said(f"data: {value}\n\n".encode(), EVENTS)
        case "text":
            response = said(f"wrong key {value}".encode(), {"content-type": "text/plain"})
        case "header":
            response = said(b"", {"content-type": f"text/plain; {value}"})
        case "provenance":
            origin = provenance(model=value)

    recorder = recording.Recorder(origin, STORED, STORED, ["other-secret", LIVE])
    recorder.add(request, response)
    with pytest.raises(SecretFound) as caught:
        recorder.save(tmp_path / "c.yaml")

    assert str(caught.value) == (
        f"{tmp_path / 'c.yaml'}: secret number 2 would be stored at {where}; nothing was written"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 7, len(LIVE) - 1])
def test_a_secret_cut_over_the_deltas_of_a_stream_stops_the_saving(tmp_path: Path, cut: int) -> None:
    """A model that is asked to repeat its key says it token by token."""
    deltas = [{"choices": [{"delta": {"content": part}}]} for part in ("it is ", LIVE[:cut], LIVE[cut:])]
    body = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas).encode()

    with pytest.raises(SecretFound, match=r"body\.lines, in pieces"):
        recorded(tmp_path / "c.yaml", Interaction(asked(), said(body, EVENTS)))


def test_a_secret_cut_over_lines_stops_the_saving(tmp_path: Path) -> None:
    body = f"data: {LIVE[:9]}\n{LIVE[9:]}\n\n".encode()
    with pytest.raises(SecretFound, match=r"body\.lines, in pieces"):
        recorded(tmp_path / "c.yaml", Interaction(asked(), said(body, EVENTS)))


def test_a_secret_in_a_compressed_body_stops_the_saving(tmp_path: Path) -> None:
    with pytest.raises(SecretFound, match="base64"):
        recorded(tmp_path / "c.yaml", Interaction(asked(), said(gzip.compress(LIVE.encode()), JSON)))


def test_a_secret_in_a_body_of_bytes_stops_the_saving(tmp_path: Path) -> None:
    with pytest.raises(SecretFound, match="base64"):
        recorded(tmp_path / "c.yaml", Interaction(asked(), said(b"\xff\xfe" + LIVE.encode(), JSON)))


def test_a_secret_in_a_replayed_request_is_not_told(tmp_path: Path) -> None:
    path = recorded(tmp_path / "c.yaml", Interaction(asked(), said()))
    with (
        recording.replay(path, RERECORD, [REPLAY]) as player,
        httpx.Client(trust_env=False) as http,
        pytest.raises(RequestNotRecorded),
    ):
        http.post(f"{CHAT}/{REPLAY}?key={REPLAY}", json={"key": REPLAY})
    assert REPLAY not in player.misses[0]
    assert "<API_KEY>" in player.misses[0]


@pytest.mark.parametrize("secrets", ["sk-text", ["", "a"]])
def test_secrets_that_would_be_found_everywhere_or_nowhere_are_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="non-empty"):
        recording.Recorder(provenance(), STORED, STORED, secrets)
