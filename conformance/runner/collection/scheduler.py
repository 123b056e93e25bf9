"""Gives the tests of one target to one worker of xdist, and those of a worker that crashed to the next.

The other tests come before the scenarios: a file of few but slow tests, begun as the last one, would keep all
other workers waiting.

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
        self._labels = frozenset(labels)
        self._places: dict[Any, dict[str, int]] = {}

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
    def _assign_work_unit(self, node: Any) -> None:
        """Give a worker the largest file that is left, or else the largest target.

        xdist's own looks through all tests for the place of each one.
        """
        scope = min(self.workqueue, key=self._labels.__contains__)
        unit = self.assigned_work.setdefault(node, {})[scope] = self.workqueue.pop(scope)
        if node not in self._places:
            self._places[node] = {test: place for place, test in enumerate(self.registered_collections[node])}
        node.send_runtest_some([self._places[node][test] for test, done in unit.items() if not done])

    @override
    def _split_scope(self, nodeid: str) -> str:
        parts = nodeid.rpartition("[")[2].removesuffix("]").split("-")
        # The longest first: one label may begin another.
        for end in range(len(parts), 0, -1):
            if (label := "-".join(parts[:end])) in self._labels:
                return label
        backend = _BACKEND.search(nodeid)
        return backend.group(1) if backend else nodeid.partition("::")[0]
