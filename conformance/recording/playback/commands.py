"""The commands that record again, for messages; they work wherever the suite is installed."""

RERECORD = "python -m conformance record"
ACCEPT = "python -m pytest --pyargs conformance --only-recorded --snapshot-update"
"""Writes the snapshots again, from what the backends now decode."""


def rerecord(target: str, scenario: str = "") -> str:
    """The command that records a ``backend@target`` again, or one ``group/name`` of it."""
    return f"{RERECORD} --target {target}{f' --scenario {scenario}' if scenario else ''}"
