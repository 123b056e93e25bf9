"""A scenario recorded from a server and replayed without it."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from pathlib import Path

import httpx
import pytest

from conformance import recording
from conformance.recording import Interaction, Recorder, RequestNotRecorded, network_guard
from tests.recording.cassette_server import (
    CHAT,
    EVENTS,
    RERECORD,
    STORED,
    Reply,
    provenance,
    replaying,
    request,
    response,
    serving,
    store,
)

LIVE_KEY = "sk-live-0123456789"
REPLAY_KEY = "sk-replay"
KEY = {"authorization": f"Bearer {REPLAY_KEY}"}

STREAM = (
    'data: {"choices":[{"delta":{"content":"é 😀 \\u00e9"}}]}\n\n: a comment  \n\nevent: x\ndata:  [DONE]\n\n'
).encode()


def record_all(path: Path, replies: list[Reply], requests: list[tuple[str, object]]) -> list[httpx.Response]:
    with (
        serving(replies) as base,
        httpx.Client(trust_env=False, headers={"authorization": f"Bearer {LIVE_KEY}"}) as http,
        recording.record(path, Recorder(provenance(), base, STORED, [LIVE_KEY])),
    ):
        return [http.post(base + route, json=body) for route, body in requests]


def test_a_recording_is_replayed_without_any_connection(tmp_path: Path) -> None:
    path = tmp_path / "openai" / "one.yaml"
    requests: list[tuple[str, object]] = [("/v1/a?x=1", {"n": 1}), ("/v1/b", {"n": 2})]
    live = record_all(path, [Reply(b'{"a": 1.0}'), Reply(b'{"error": "b"}', 429)], requests)

    with network_guard.guarded() as refusals, replaying(path, REPLAY_KEY, sent=KEY) as (player, http):
        replayed = [http.post(STORED + route, json=body) for route, body in requests]

    assert [each.json() for each in replayed] == [each.json() for each in live]
    assert [each.status_code for each in replayed] == [200, 429]
    assert [each.reason_phrase for each in replayed] == ["Said", "Said"]
    assert (player.played, player.unplayed, player.misses, refusals) == (2, [], (), [])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_stream_comes_back_byte_for_byte(tmp_path: Path, end: bytes) -> None:
    stream = STREAM.replace(b"\n", end)
    record_all(tmp_path / "c.yaml", [Reply(stream, headers=EVENTS)], [("/v1/chat/completions", {})])

    with (
        replaying(tmp_path / "c.yaml", REPLAY_KEY, sent=KEY) as (_, http),
        http.stream("POST", CHAT, json={}) as response,
    ):
        assert b"".join(response.iter_raw()) == stream
    assert "- 'data: {" in (tmp_path / "c.yaml").read_text(encoding="utf-8")


def test_a_compressed_answer_is_stored_readable_and_replayed_plain(tmp_path: Path) -> None:
    reply = Reply(
        gzip.compress(b'{"said":"plainly"}'),
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    )
    [live] = record_all(tmp_path / "c.yaml", [reply], [("/v1/chat/completions", {})])

    with replaying(tmp_path / "c.yaml", REPLAY_KEY, sent=KEY) as (_, http):
        assert http.post(CHAT, json={}).json() == live.json() == {"said": "plainly"}
    assert "said: plainly" in (tmp_path / "c.yaml").read_text(encoding="utf-8")


def test_only_headers_that_matter_are_stored(tmp_path: Path) -> None:
    headers = {"content-type": "application/json", "retry-after": "7", "set-cookie": "a=b", "date": "now"}
    record_all(tmp_path / "c.yaml", [Reply(headers=headers)], [("/v1/chat/completions", {})])

    (interaction,) = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert interaction.response.headers == {"content-type": "application/json", "retry-after": "7"}
    assert interaction.request.headers == {
        "authorization": "Bearer <API_KEY>",
        "content-type": "application/json",
    }


@pytest.mark.parametrize(
    ("live", "uri", "stored"),
    [
        ("http://127.0.0.1:80/", "http://127.0.0.1/v1", f"{STORED}/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", STORED),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1?a=b", f"{STORED}/v1?a=b"),
        ("http://127.0.0.1:80", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:808", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080", f"{STORED}/v1", f"{STORED}/v1"),
        ("https://Api.Host/v1", "https://api.host/v1/chat", f"{STORED}/chat"),
    ],
)
def test_only_uris_below_the_live_base_are_rewritten(
    tmp_path: Path, live: str, uri: str, stored: str
) -> None:
    recorder = recording.Recorder(provenance(), live, STORED, [])
    recorder.add(request(uri=uri), response())
    recorder.save(tmp_path / "c.yaml")

    (interaction,) = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert interaction.request.uri == stored


def test_a_scenario_that_raises_leaves_the_old_cassette(tmp_path: Path) -> None:
    path = store(tmp_path / "c.yaml", Interaction(request(), response()))
    before = path.read_bytes()

    with pytest.raises(ZeroDivisionError), recording.record(path, Recorder(provenance(), STORED, STORED, [])):
        raise ZeroDivisionError

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_scenario_that_sends_nothing_is_recorded(tmp_path: Path) -> None:
    with recording.record(tmp_path / "c.yaml", Recorder(provenance(), STORED, STORED, [])) as recorder:
        pass
    assert recorder.recorded == 0

    with (
        replaying(tmp_path / "c.yaml") as (player, http),
        pytest.raises(RequestNotRecorded, match="has no interactions"),
    ):
        http.post(CHAT, json={})
    assert len(player.misses) == 1


def test_a_missed_request_is_never_sent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with replaying(store(tmp_path / "c.yaml")) as (_, http), pytest.raises(RequestNotRecorded):
            http.get(base)
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    with serving([Reply(b"[1]")]) as base, httpx.Client(trust_env=False) as http:
        assert http.get(base).json() == [1], "after a session httpx sends again"


def test_asynchronous_clients_are_recorded_and_replayed_too(tmp_path: Path) -> None:
    async def post(base: str) -> object:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.post(f"{base}/v1", json={"n": 1})).json()

    path = tmp_path / "c.yaml"
    with serving([Reply(b"[1,2]")]) as base, recording.record(path, Recorder(provenance(), base, STORED, [])):
        live = asyncio.run(post(base))
    with recording.replay(path, RERECORD) as player:
        assert asyncio.run(post(STORED)) == live == [1, 2]
    assert player.unplayed == []


def test_a_cassette_reads_like_the_conversation(tmp_path: Path) -> None:
    """The stored form is for reviewers: any change to it shows up in every cassette of the repository."""
    answer = json.dumps({"id": "chatcmpl-1", "choices": [{"message": {"content": "ja\nñ 😀"}}]}).encode()
    record_all(
        tmp_path / "c.yaml", [Reply(answer)], [("/v1/chat/completions", {"messages": [{"role": "user"}]})]
    )

    text = (tmp_path / "c.yaml").read_text(encoding="utf-8")
    assert text.startswith("provenance:\n  source: recording\n  scenario: tools/one_call\n")
    assert text.endswith(
        """\
  response:
    status: 200
    reason: Said
    headers:
      content-type: application/json
    body:
      json:
        id: chatcmpl-1
        choices:
        - message:
            content: |-
              ja
              ñ 😀
...
"""
    )
