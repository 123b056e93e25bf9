"""Which worker of xdist runs which test: the tests of one backend stay together.

Importing litellm takes four seconds, so only one worker does. xdist's own
``loadgroup`` would do, but behaves like ``load`` on pytest 9.2
(pytest-dev/pytest-xdist#1386) and renames every test.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

_LABEL = re.compile(r"\[(?:.*-)?([^\[\]@-]+)@[^\]]*\]$")


class ByBackend(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """Keeps the tests of one backend on one worker, and the other tests by file."""

    def _split_scope(self, nodeid: str) -> str:
        label = _LABEL.search(nodeid)
        return label.group(1) if label else nodeid.partition("::")[0]
