"""Recording safely: live into a scratch folder, replayed there offline, and only then put in place."""

from conformance.recorder.drift import look_for_drift
from conformance.recorder.run import record

__all__ = ["look_for_drift", "record"]
