"""The patterns that choose targets and scenarios, and the option that collects them."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from fnmatch import fnmatchcase
from typing import Any

from typing_extensions import override


class Patterns(Action):
    """Collects the patterns of an option that may be given several times: a comma separates them."""

    @override
    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        earlier = getattr(namespace, self.dest, None)
        setattr(namespace, self.dest, f"{earlier},{values}" if earlier else values)


def patterns_in(text: str | None) -> list[str]:
    """The patterns of an option, which a comma separates."""
    return [part for each in (text or "").split(",") if (part := each.strip())]


def matches(patterns: str | None, name: str) -> bool:
    """Whether one of the patterns matches ``backend@target`` or ``group/scenario``.

    A pattern may also be one part alone: the backend, the target or the group. None matches everything.
    """
    several = patterns_in(patterns)
    return not several or any(_matches_one(pattern, name) for pattern in several)


def _matches_one(pattern: str, name: str) -> bool:
    return (
        fnmatchcase(name, pattern)
        or name.startswith((f"{pattern}/", f"{pattern}@"))
        or name.endswith(f"@{pattern}")
    )
