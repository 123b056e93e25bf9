"""Records safely: into a folder of its own, replayed there offline, and only then moved to the cassettes."""

from conformance.commands.record.drift import look_for_drift
from conformance.commands.record.rehearsal import dry_run
from conformance.commands.record.run import record
from conformance.commands.record.selection import Selection

__all__ = ["Selection", "dry_run", "look_for_drift", "record"]
