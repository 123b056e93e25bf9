"""Sixteen threads that send the same body each get a recording of their own."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from conformance import recording
from conformance.recording import Interaction, Recorder, RequestNotRecorded
from tests.recording.cassette_server import (
    CHAT,
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

THREADS = 16
FOUND = 8
ROUNDS = 60


@pytest.fixture(autouse=True)
def restless_threads() -> Iterator[None]:
    """Switch threads as often as the interpreter can, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Hesitant(deque[int]):
    """Lets another thread go first between the look at what is left and the taking."""

    def __len__(self) -> int:
        length = super().__len__()
        time.sleep(0)
        return length


def test_each_recording_is_played_exactly_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the threads find a recording of their own, and each of the others is a miss of its own."""
    monkeypatch.setattr("conformance.recording.playback.replay.deque", Hesitant)
    path = store(
        tmp_path / "c.yaml", *(Interaction(request(), response(b"%d" % number)) for number in range(FOUND))
    )

    def send(_: int) -> int:
        barrier.wait()
        try:
            return int(http.post(CHAT, json={}).json())
        except RequestNotRecorded:
            return THREADS

    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool, httpx.Client(trust_env=False) as http:
        for _ in range(ROUNDS):
            with recording.replay(path, RERECORD) as player:
                answers = sorted(pool.map(send, range(THREADS)))
            assert answers == [*range(FOUND), *[THREADS] * (THREADS - FOUND)]
            assert (player.played, player.unplayed) == (FOUND, [])
            assert len(player.misses) == THREADS - FOUND
            assert all("already played" in miss for miss in player.misses)


def test_every_request_of_many_threads_is_recorded(tmp_path: Path) -> None:
    replies = [Reply(b"%d" % number) for number in range(THREADS)]
    with (
        serving(replies) as base,
        httpx.Client(trust_env=False) as http,
        ThreadPoolExecutor(THREADS) as pool,
        recording.record(tmp_path / "c.yaml", Recorder(provenance(), base, STORED, [])),
    ):
        live = list(pool.map(lambda n: http.post(f"{base}/v1", json={"n": n}).json(), range(THREADS)))

    with replaying(tmp_path / "c.yaml") as (player, http):
        assert [http.post(f"{STORED}/v1", json={"n": n}).json() for n in range(THREADS)] == live
    assert player.unplayed == []
