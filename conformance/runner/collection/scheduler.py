"""Gives the tests of one target to one worker of xdist, and those of a worker that crashed to the next.

A worker then imports litellm, which takes seconds, only for a target that needs it. xdist's own
``loadgroup`` behaves like ``load`` on pytest 9.2 (pytest-dev/pytest-xdist#1386), and renames every test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

_BACKEND = re.compile(r"\[(?:.*-)?([^\[\]@-]+)@[^\]]*\]$")
"""The backend in the id of a test that is not a scenario."""


class ByTarget(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """Keeps the tests of a target, of a backend, or else of a file on one worker.

    Args:
        labels: the ``backend@target`` of every target; the parameters in a test id begin with it.
    """

    def __init__(self, config: Any, log: Any, labels: Iterable[str]) -> None:
        super().__init__(config, log)
        # The longest first: one may begin another.
        self._labels = sorted(labels, key=len, reverse=True)

    @override
    def remove_node(self, node: Any) -> str | None:
        """Give the tests of a worker that crashed to the others, without the one that it was running.

        xdist's own gives that one again to each worker that takes its place
        (https://github.com/pytest-dev/pytest-xdist/issues/884).
        """
        workload = self.assigned_work.pop(node)
        pending = [
            (scope, test) for scope, unit in workload.items() for test, done in unit.items() if not done
        ]
        if not pending:
            return None
        scope, crashed = pending.pop(0)
        workload[scope][crashed] = True
        self.workqueue.update({each: unit for each, unit in workload.items() if not all(unit.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return str(crashed)

    @override
    def _split_scope(self, nodeid: str) -> str:
        parameters = nodeid.rpartition("[")[2].removesuffix("]")
        for label in self._labels:
            if parameters == label or parameters.startswith(f"{label}-"):
                return label
        backend = _BACKEND.search(nodeid)
        return backend.group(1) if backend else nodeid.partition("::")[0]
