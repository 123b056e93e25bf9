"""Records real answers once, replays them offline, and guards the network.

Nothing here knows a scenario, a backend or a server: the caller names the file, the URLs and the secrets.
A module is imported when a name of it is used, for few processes need them all.
"""

from typing import TYPE_CHECKING

from provider.lazy import lazy_names

if TYPE_CHECKING:
    from conformance.recording.cassette.errors import (
        CassetteError,
        CassetteMissing,
        RequestNotRecorded,
        SecretFound,
    )
    from conformance.recording.cassette.file import read
    from conformance.recording.cassette.interaction import Interaction, Recording, Request, Response
    from conformance.recording.cassette.provenance import Provenance
    from conformance.recording.drift.drift import Drift, Severity, changes
    from conformance.recording.playback.capture import CapturedExchange
    from conformance.recording.playback.record import Recorder
    from conformance.recording.playback.replay import Player
    from conformance.recording.playback.session import record, replay

__all__ = [
    "CapturedExchange",
    "CassetteError",
    "CassetteMissing",
    "Drift",
    "Interaction",
    "Player",
    "Provenance",
    "Recorder",
    "Recording",
    "Request",
    "RequestNotRecorded",
    "Response",
    "SecretFound",
    "Severity",
    "changes",
    "read",
    "record",
    "replay",
]

__getattr__ = lazy_names(
    __name__,
    {
        "CapturedExchange": "playback.capture",
        "CassetteError": "cassette.errors",
        "CassetteMissing": "cassette.errors",
        "Drift": "drift.drift",
        "Interaction": "cassette.interaction",
        "Player": "playback.replay",
        "Provenance": "cassette.provenance",
        "Recorder": "playback.record",
        "Recording": "cassette.interaction",
        "Request": "cassette.interaction",
        "RequestNotRecorded": "cassette.errors",
        "Response": "cassette.interaction",
        "SecretFound": "cassette.errors",
        "Severity": "drift.drift",
        "changes": "drift.drift",
        "read": "cassette.file",
        "record": "playback.session",
        "replay": "playback.session",
    },
)
