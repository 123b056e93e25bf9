"""Which worker of xdist runs which test: the tests of one target stay together.

A worker imports litellm, which takes seconds, only when a target needs it, and
the targets are many enough to keep every worker busy. xdist's own ``loadgroup``
would do, but behaves like ``load`` on pytest 9.2 (pytest-dev/pytest-xdist#1386)
and renames every test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from xdist.scheduler import LoadScopeScheduling

_BACKEND = re.compile(r"\[(?:.*-)?([^\[\]@-]+)@[^\]]*\]$")
"""A test that is no scenario may still name a backend in its id."""


class ByTarget(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """Keeps the tests of one target on one worker, other tests of a backend too, and the rest by file.

    Args:
        labels: the ``backend@target`` of every target; the parameters in a test id begin with it.
    """

    def __init__(self, config: Any, log: Any, labels: Iterable[str]) -> None:
        super().__init__(config, log)
        # The longest first: one may begin another.
        self._labels = sorted(labels, key=len, reverse=True)

    def _split_scope(self, nodeid: str) -> str:
        parameters = nodeid.rpartition("[")[2].removesuffix("]")
        for label in self._labels:
            if parameters == label or parameters.startswith(f"{label}-"):
                return label
        backend = _BACKEND.search(nodeid)
        return backend.group(1) if backend else nodeid.partition("::")[0]
