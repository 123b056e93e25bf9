"""What is asked of every backend, as it was before one of them could change it.

A backend is given the messages and tools of the dialogue themselves. One that changes them would be asked
something else by the next scenario, and so would every other backend.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from operator import is_
from typing import Any

from conformance.spec import dialogue


class Constants:
    """The lists, tables and turns that the constants of the dialogue consist of."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, Any, str]] = {}
        for module in [each for each in sys.modules if each.startswith(dialogue.__name__)]:
            for name, value in vars(sys.modules[module]).items():
                if name.isupper():
                    self._hold(value, f"{module}.{name}")

    def _hold(self, value: Any, name: str) -> None:
        """Note what a constant consists of, at any depth."""
        if is_dataclass(value) and not isinstance(value, type):
            value = getattr(value, "__dict__", {})
        if isinstance(value, dict | list) and id(value) not in self._held:
            self._held[id(value)] = value, value.copy(), name
        elif not isinstance(value, tuple):
            return
        for item in value.values() if isinstance(value, dict) else value:
            self._hold(item, name)

    def restored(self) -> Iterator[str]:
        """Put back what was changed; the name of each constant."""
        for value, before, name in self._held.values():
            # Fast, for it is asked after each scenario.
            if isinstance(value, dict):
                is_same = value.keys() == before.keys() and all(map(is_, value.values(), before.values()))
            else:
                is_same = len(value) == len(before) and all(map(is_, value, before))
            if not is_same:
                value.clear()
                (value.update if isinstance(value, dict) else value.extend)(before)
                yield f"{name} was changed"
