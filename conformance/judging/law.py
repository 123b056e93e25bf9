"""What a law is, and how it says that it is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Capability = Literal["tools", "parallel_tools", "json_schema", "json_object", "logprobs", "n"]
"""What a server may lack; only where it is declared does it count for the exit status."""

CAPABILITIES: tuple[Capability, ...] = (
    "tools",
    "parallel_tools",
    "json_schema",
    "json_object",
    "logprobs",
    "n",
)


Check = TypeVar("Check", bound=Callable[..., None])


class BrokenError(Exception):
    """A law is broken: what came beside what it demands, both in words or as a value."""

    def __init__(self, got: Any, expected: Any) -> None:
        super().__init__(got, expected)
        self.got = got if isinstance(got, str) else repr(got)
        self.expected = expected if isinstance(expected, str) else repr(expected)


class InconclusiveError(Exception):
    """The server has not shown whether it keeps the law."""


class NotAskedError(Exception):
    """The law needs something that the caller has not named, such as a key."""


def equal(got: Any, expected: Any) -> None:
    """Both are the same value.

    Raises:
        BrokenError: they are not.
    """
    if got != expected or type(got) is not type(expected):
        raise BrokenError(repr(got), repr(expected))


def holds(condition: bool, got: Any, expected: str) -> None:
    """The condition is true.

    Raises:
        BrokenError: it is not; ``got`` is what came, ``expected`` says what must be.
    """
    if not condition:
        raise BrokenError(got, expected)


@dataclass(frozen=True)
class Law:
    """One law, or one case of it.

    Attributes:
        group: its group, e.g. ``stream``.
        name: the name of its function, and of its case behind a hyphen.
        words: what it demands, in a sentence.
        check: asks the server, and raises where the law is broken.
        given: the arguments of its case.
        capability: what the server must be able to do for it; None for what every server must.
        sampled: whether it is broken by what the model wrote, so that one miss of several proves nothing.
    """

    group: str
    name: str
    words: str
    check: Callable[..., None]
    given: Sequence[Any] = ()
    capability: Capability | None = None
    sampled: bool = False

    @property
    def id(self) -> str:
        """``group/name``."""
        return f"{self.group}/{self.name}"

    @property
    def whole(self) -> str:
        """The same without its case: what all cases of a law have in common."""
        return f"{self.group}/{self.check.__name__}"


class Laws:
    """The laws of a group, in the order in which they are written."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.laws: list[Law] = []

    def law(
        self,
        capability: Capability | None = None,
        *,
        sampled: bool = False,
        cases: Mapping[str, Any] | None = None,
    ) -> Callable[[Check], Check]:
        """Make a function a law, whose words are its docstring.

        Args:
            capability: what the server must be able to do for it.
            sampled: whether it is broken by what the model wrote.
            cases: the values with which it is asked, by their names; each is a law of its own.
        """

        def add(check: Check) -> Check:
            words = " ".join((check.__doc__ or "").split())
            for name, given in (cases or {"": None}).items():
                whole = "-".join(part for part in (check.__name__, name) if part)
                arguments = () if cases is None else (given,)
                self.laws.append(Law(self.group, whole, words, check, arguments, capability, sampled))
            return check

        return add
