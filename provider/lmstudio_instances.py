"""What this process has loaded into LM Studio, and who uses it; free of I/O."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakSet

from provider.lmstudio_names import same_model


@dataclass(frozen=True, eq=False)
class Served:
    """A model that is ready.

    Attributes:
        name: what to send as ``model``: the instance where the server names one.
        key: the model of the instance, as the server calls it; empty where it has no instances.
        answers_as: what the server may call it in an answer; empty where any name will do.
        context_size: tokens of the loaded instance, 0 where unknown.
        vision: whether it takes images, None where unknown.
    """

    name: str
    key: str = ""
    answers_as: frozenset[str] = frozenset()
    context_size: int = 0
    vision: bool | None = None

    def is_called(self, answered: str) -> bool:
        """Whether an answer that names ``answered`` may be this model's."""
        names = self.answers_as
        return not names or answered in names or any(same_model(answered, name) for name in names)


@dataclass(frozen=True)
class _Loaded:
    """An instance that this process has loaded.

    Attributes:
        asked: the tokens that it was asked to have.
        users: who uses it, without those that were dropped and never unloaded.
    """

    asked: int
    users: WeakSet[Served] = field(default_factory=WeakSet)


class Instances:
    """The instances that this process has loaded into one server; the last that uses one unloads it."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._loaded: dict[str, _Loaded] = {}

    def lock(self, key: str) -> threading.Lock:
        """The lock to hold while an instance of the model ``key`` is chosen, loaded or unloaded."""
        return self._locks.setdefault(key, threading.Lock())

    def add(self, instance: str, asked: int) -> None:
        """Remember an instance that was loaded just now; one of the same id before it is gone."""
        self._loaded[instance] = _Loaded(asked)

    def asked(self, instance: str) -> int:
        """The tokens that the instance was asked to have, 0 where this process has not loaded it."""
        loaded = self._loaded.get(instance)
        return loaded.asked if loaded else 0

    def enter(self, served: Served) -> None:
        """Begin to use an instance; of use only where this process has loaded it."""
        if served.name in self._loaded:
            self._loaded[served.name].users.add(served)

    @contextmanager
    def leaving(self, served: Served) -> Iterator[bool]:
        """End the use of an instance; gives whether it is to be unloaded, for nothing else uses it."""
        if served.name not in self._loaded:
            yield False
            return
        with self.lock(served.key):
            loaded = self._loaded.get(served.name)
            if loaded is None:  # another has left in the meantime
                yield False
                return
            loaded.users.discard(served)
            if not loaded.users:
                del self._loaded[served.name]
            yield not loaded.users


_SERVERS: dict[str, Instances] = {}


def instances_of(root: str) -> Instances:
    """Those of the server at ``root``."""
    return _SERVERS.setdefault(root, Instances())
