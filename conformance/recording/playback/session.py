"""Replaying or recording one scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.recording.playback.record import Recorder
from conformance.recording.playback.replay import Player
from conformance.recording.secrets.logs import guarded_logs
from conformance.recording.secrets.search import Secrets


@contextmanager
def replay(path: Path, rerecord: str, secrets: Secrets = ()) -> Iterator[Player]:
    """Answer every httpx request of the process from the cassette in ``path``.

    Args:
        path: the cassette.
        rerecord: the command that records it again; every message ends with it.
        secrets: the keys that the backend is given; a request with another key is a miss.
    """
    # Not above: vcrpy imports every HTTP library it finds, half a second for a run that replays nothing.
    from conformance.recording.playback import vcr

    player = Player(path, rerecord, secrets)
    with vcr.Replaying.use(path=path, player=player):
        yield player


@contextmanager
def record(path: Path, recorder: Recorder) -> Iterator[Recorder]:
    """Send every httpx request and store it with its response in ``path``, unless the block raises.

    Raises:
        SecretFound: the cassette would contain a secret.
    """
    from conformance.recording.playback import vcr

    with guarded_logs(recorder.secret_in, quiet=True), vcr.Recording.use(path=path, recorder=recorder):
        yield recorder
    recorder.save(path)
