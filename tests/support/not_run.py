"""What a run of these tests left out: a sentence for each reason, with what helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.report.counts import counted


def not_run(skipped: Iterable[Any]) -> Iterator[str]:
    """A sentence for each reason for which tests were skipped, from pytest's reports of them.

    pytest has a line for each place instead: one absent program is thirty of them.
    """
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        yield f"{counted(count, 'test')} not run: {reason}"
