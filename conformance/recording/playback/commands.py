"""The commands that make recordings and snapshots again, as they work wherever the suite is installed."""

RERECORD = "python -m conformance record"
ACCEPT = "python -m pytest --pyargs conformance --only-recorded --snapshot-update"
"""Takes what the backends decode now from the recordings there are."""


def rerecord(target: str, scenario: str = "") -> str:
    """The command that records a ``backend@target`` again, or one ``group/name`` of it."""
    return f"{RERECORD} --target {target}{f' --scenario {scenario}' if scenario else ''}"
