"""Counts the users of the instances that this process has loaded into LM Studio; free of I/O."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from weakref import WeakSet

from provider.lmstudio.names import same_model


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model that is ready.

    Attributes:
        name: what to send as ``model``: the id of the instance where the server has instances.
        key: the model of the instance, as the server calls it; empty where it has no instances.
        names: the names that an answer may give the model; empty where any name is accepted.
        context_size: tokens of the loaded instance, 0 where unknown.
        vision: whether it accepts images, None where unknown.
    """

    name: str
    key: str = ""
    names: frozenset[str] = frozenset()
    context_size: int = 0
    vision: bool | None = None

    def has_name(self, answered: str) -> bool:
        """Whether an answer by the model ``answered`` may be this model's."""
        return answered in self.names or not self.names or any(same_model(answered, n) for n in self.names)


@dataclass(frozen=True)
class _Loaded:
    """An instance that this process has loaded.

    Attributes:
        requested: the context size that was requested for it, in tokens.
        users: those who use it; one that is dropped without being unloaded disappears.
    """

    requested: int
    users: WeakSet[ServedModel] = field(default_factory=WeakSet)


class Instances:
    """The instances that this process has loaded into one server; the last user unloads each."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._loaded: dict[str, _Loaded] = {}

    def lock(self, key: str) -> threading.Lock:
        """The lock to hold while an instance of the model ``key`` is chosen, loaded or unloaded."""
        return self._locks.setdefault(key, threading.Lock())

    def add(self, instance: str, requested: int) -> None:
        """Register an instance that was just loaded; it replaces one of the same id."""
        self._loaded[instance] = _Loaded(requested)

    def requested(self, instance: str) -> int:
        """The context size that was requested for the instance, 0 where this process has not loaded it."""
        loaded = self._loaded.get(instance)
        return loaded.requested if loaded else 0

    def enter(self, served: ServedModel) -> None:
        """Begin to use an instance; does nothing where this process has not loaded it."""
        if served.name in self._loaded:
            self._loaded[served.name].users.add(served)

    def is_loaded_here(self, served: ServedModel) -> bool:
        """Whether this process has loaded the instance."""
        return served.name in self._loaded

    def leave(self, served: ServedModel) -> bool:
        """End the use of an instance; whether it must be unloaded, because it has no other user.

        The lock of its model is held.
        """
        loaded = self._loaded.get(served.name)
        if loaded is None:  # the last user has left meanwhile
            return False
        loaded.users.discard(served)
        if not loaded.users:
            del self._loaded[served.name]
        return not loaded.users


_SERVERS: dict[str, Instances] = {}


def instances_of(root: str) -> Instances:
    """The instances of the server at ``root``."""
    return _SERVERS.setdefault(root, Instances())
