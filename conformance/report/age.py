"""How old the recordings of a run are; old ones get a warning and fail nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from conformance.report.counts import counted
from conformance.report.results import Result

OLD = 90
"""Days after which a target is named: by then most providers have changed something."""


def ages(results: Iterable[Result], today: date | None = None) -> Iterator[str]:
    """From when to when the recordings were made, and a line for each target with old ones.

    Args:
        results: the results of a run.
        today: the day from which to count, in UTC; None for now.
    """
    today = today or datetime.now(UTC).date()
    made: dict[str, list[date]] = defaultdict(list)
    for result in results:
        if result.recorded:
            made[result.label].append(datetime.fromisoformat(result.recorded).date())
    days = [day for each in made.values() for day in each]
    if not days:
        return
    yield f"recordings: {len(days)}, made {min(days)} to {max(days)}"
    for label, each in made.items():
        if old := [day for day in each if (today - day).days > OLD]:
            yield (
                f"warning: {label} has {counted(len(old), 'recording')} older than {OLD} days, "
                f"the oldest of {min(old)}; to see what has changed since, run: "
                f"python -m conformance drift --target {label}"
            )
