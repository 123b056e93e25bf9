"""Recording safely: live into a scratch folder, replayed there offline, and only then put in place."""

from conformance.recorder.choice import Choice
from conformance.recorder.drift import look_for_drift
from conformance.recorder.rehearsal import dry_run
from conformance.recorder.run import record

__all__ = ["Choice", "dry_run", "look_for_drift", "record"]
