"""Recording safely: live into a scratch folder, replayed there offline, and only then put in place."""

from conformance.recorder.run import record

__all__ = ["record"]
