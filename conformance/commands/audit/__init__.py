"""What every committed recording is held to: no secret, a true origin, an owner, and that it replays."""

from conformance.commands.audit.files import files_of, look_at_files
from conformance.commands.audit.finding import Finding
from conformance.commands.audit.run import audit

__all__ = ["Finding", "audit", "files_of", "look_at_files"]
