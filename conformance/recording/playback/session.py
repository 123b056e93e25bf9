"""Replaying or recording one scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conformance.recording.cassette.provenance import Provenance
from conformance.recording.playback.record import EventHooks, Recorder
from conformance.recording.playback.replay import Player
from conformance.recording.secrets.logs import guarded_logs
from conformance.recording.secrets.search import Secrets


@contextmanager
def replay(path: Path, rerecord: str, secrets: Secrets = ()) -> Iterator[Player]:
    """Answer every httpx request of the process from the cassette in ``path``.

    ``rerecord`` is the command that records it again; every message ends with it. ``secrets`` are
    the keys that the backend is given in replay: a request with another key finds no recording.
    """
    # Not above: vcrpy imports every HTTP library it finds, half a second for a run that replays nothing.
    from conformance.recording.playback import vcr

    player = Player(path, rerecord, secrets)
    with vcr.Replaying.use(path=path, player=player):
        yield player


@contextmanager
def record(
    path: Path,
    provenance: Provenance,
    live_base: str,
    stored_base: str,
    secrets: Secrets,
    *,
    identifiers: Mapping[str, str] | None = None,
    hooks: EventHooks | None = None,
) -> Iterator[Recorder]:
    """Send every httpx request and store what came back in ``path``, unless the block raises.

    URIs below ``live_base`` are stored below ``stored_base``. ``secrets``, values by their names or values
    alone, become placeholders in the credential headers and in the query; anywhere else they make the saving
    fail. ``identifiers`` says what stands for each value that is no secret and must not be stored either,
    such as a project: a replay is given it in its place. ``hooks`` learns of every
    question and answer.
    """
    from conformance.recording.playback import vcr

    recorder = Recorder(provenance, live_base, stored_base, secrets, identifiers=identifiers, hooks=hooks)
    with guarded_logs(recorder.secret_in), vcr.Recording.use(path=path, recorder=recorder):
        yield recorder
    recorder.save(path)
