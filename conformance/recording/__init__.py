"""Records real answers once, replays them offline, and guards the network.

Nothing here knows a scenario, a backend or a server: the caller names the file, the URLs and the secrets.
"""

from conformance.recording.cassette.errors import (
    CassetteCorrupt,
    CassetteEmpty,
    CassetteError,
    CassetteMissing,
    CassetteTruncated,
    RequestNotRecorded,
    RoundTripFailed,
    SecretFound,
)
from conformance.recording.cassette.file import orphans, read
from conformance.recording.cassette.interaction import Interaction, Recording, Request, Response
from conformance.recording.cassette.provenance import Provenance
from conformance.recording.drift.drift import Drift, Severity, changes, drift
from conformance.recording.playback.capture import CapturedExchange
from conformance.recording.playback.record import Recorder
from conformance.recording.playback.replay import Player, Unplayed
from conformance.recording.playback.session import record, replay

__all__ = [
    "CapturedExchange",
    "CassetteCorrupt",
    "CassetteEmpty",
    "CassetteError",
    "CassetteMissing",
    "CassetteTruncated",
    "Drift",
    "Interaction",
    "Player",
    "Provenance",
    "Recorder",
    "Recording",
    "Request",
    "RequestNotRecorded",
    "Response",
    "RoundTripFailed",
    "SecretFound",
    "Severity",
    "Unplayed",
    "changes",
    "drift",
    "orphans",
    "read",
    "record",
    "replay",
]
