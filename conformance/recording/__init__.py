"""Cassettes: recording real answers once and replaying them offline, and the guard on the network.

Nothing here knows a scenario, a backend or a server: a caller says which file, which addresses
and which secrets.
"""

from conformance.recording.drift import Drift, Severity, changes, drift
from conformance.recording.errors import (
    CassetteCorrupt,
    CassetteEmpty,
    CassetteError,
    CassetteMissing,
    CassetteTruncated,
    RequestNotRecorded,
    RoundTripFailed,
    SecretFound,
)
from conformance.recording.interaction import Interaction, Recording, Request, Response
from conformance.recording.orphans import orphans
from conformance.recording.persister import read
from conformance.recording.provenance import Provenance
from conformance.recording.record_tape import RecordTape
from conformance.recording.replay_tape import Exchange, ReplayTape, Unplayed
from conformance.recording.session import record, replay

__all__ = [
    "CassetteCorrupt",
    "CassetteEmpty",
    "CassetteError",
    "CassetteMissing",
    "CassetteTruncated",
    "Drift",
    "Exchange",
    "Interaction",
    "Provenance",
    "RecordTape",
    "Recording",
    "ReplayTape",
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
