"""Audits every committed recording: it has no secret, the right provenance and an owner, and it replays."""
