"""Audits every committed recording: it has no secret, the right provenance and an owner, and it replays."""

from conformance.commands.audit.files import check_files, files_of
from conformance.commands.audit.finding import Finding
from conformance.commands.audit.run import audit

__all__ = ["Finding", "audit", "check_files", "files_of"]
