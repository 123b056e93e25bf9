"""What every committed recording is held to: no secret, a true origin, an owner, and that it replays."""

from conformance.audit.files import files_of, look_at_files
from conformance.audit.finding import Finding
from conformance.audit.run import audit

__all__ = ["Finding", "audit", "files_of", "look_at_files"]
