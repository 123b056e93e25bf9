"""The names of a model in LM Studio: ``vendor/name@quantisation:instance``, all but the name optional."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from provider.errors import ErrorKind, LLMProviderError

_NAME = re.compile(r"(?:(?P<vendor>.*)/)?(?P<name>[^/]*?)(?:@(?P<quantisation>[^/]*?))?(?::\d+)?", re.S)


class _Parts(NamedTuple):
    """The parts of a name, in lower case; a missing one is empty."""

    vendor: str
    name: str
    quantisation: str


def same_model(one: str, other: str) -> bool:
    """Whether two names mean one model: a part that one of them lacks, and the instance, are ignored."""
    first, second = _parts(one), _parts(other)
    return (
        first.name == second.name
        and _agree(first.vendor, second.vendor)
        and _agree(first.quantisation, second.quantisation)
    )


def variant(model: str, variants: Iterable[str]) -> str | None:
    """The variant with the quantisation in the name ``model``, None where there is none."""
    wanted = _parts(model).quantisation
    return next((each for each in variants if wanted and _parts(each).quantisation == wanted), None)


def find_model(
    listed: Sequence[Mapping[str, Any]], model: str, names: Callable[[Mapping[str, Any]], Sequence[str]]
) -> Mapping[str, Any]:
    """The entry with the name ``model``, else the first with a name that means the same model.

    Args:
        listed: the entries of the server.
        model: the requested name.
        names: returns all names of an entry, the one to show first.

    Raises:
        LLMProviderError: ``not_found``; the server would answer with another model (bug tracker #619).
    """
    for matches in (lambda name: name.casefold() == model.casefold(), lambda name: same_model(model, name)):
        for entry in listed:
            if any(matches(name) for name in names(entry)):
                return entry
    known = ", ".join(names(entry)[0] for entry in listed) or "none"
    raise LLMProviderError(f"the server has no model {model!r}; it has {known}", kind=ErrorKind.NOT_FOUND)


def _parts(name: str) -> _Parts:
    match = _NAME.fullmatch(name.casefold())
    assert match is not None, "every part of the pattern is optional"
    return _Parts(*(part or "" for part in match.group("vendor", "name", "quantisation")))


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other
