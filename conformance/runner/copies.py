"""Copies of the process that a backend has made by a fork, and that come back in place of ending.

Such a copy would go on to ask the scenarios that follow, beside the process that it is a copy of.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from weakref import WeakSet

PATIENCE = 2.0
"""Seconds that a forked process may take to end after its scenario."""

CAME_BACK = b"!"


class Copies:
    """Ends each copy where it comes back to the suite, and tells of it.

    Attributes:
        is_watching: whether a scenario is running, so that a fork is its own.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._pipes: list[tuple[int, int]] = []
        self.is_watching = False
        _ALL.add(self)

    def forking(self) -> None:
        """Open a pipe, by which a copy tells that it comes back, and the end of which tells that it ended."""
        if self.is_watching:
            self._pipes.append(os.pipe())

    def in_parent(self) -> None:
        """Keep the end that reads."""
        if self.is_watching:
            os.close(self._pipes[-1][1])

    def in_child(self) -> None:
        """Keep the end that writes; who forks outside a scenario is not a backend."""
        if not self.is_watching:
            self._pid = os.getpid()
        for reading, _ in self._pipes:
            os.close(reading)

    def end_here(self) -> None:
        """End this process if it is a copy."""
        if os.getpid() != self._pid:
            os.write(self._pipes[-1][1], CAME_BACK)
            os._exit(1)

    def returned(self) -> Iterator[str]:
        """What became of the copies of this scenario that came back, or that still run."""
        while self._pipes:
            reading, _ = self._pipes.pop()
            ready, _, _ = select.select([reading], [], [], PATIENCE)
            if not ready:
                yield "a forked process was left running"
            elif os.read(reading, 1) == CAME_BACK:
                yield "a forked copy of the process came back"
            os.close(reading)


_ALL: WeakSet[Copies] = WeakSet()


def _each(name: str) -> None:
    for copies in _ALL:
        getattr(copies, name)()


os.register_at_fork(
    before=lambda: _each("forking"),
    after_in_parent=lambda: _each("in_parent"),
    after_in_child=lambda: _each("in_child"),
)
