"""Gives a class the constructor arguments that it accepts, under the names that it has for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any

NAMES: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "model_name", "model_id"),
    "api_key": ("api_key", "key", "token"),
    "base_url": ("base_url", "api_base", "url", "endpoint", "host"),
    "timeout": ("timeout", "request_timeout"),
    "max_retries": ("max_retries", "retries", "num_retries"),
}
"""What a backend is built with, and the names by which classes accept it."""


class ConstructionError(Exception):
    """A class cannot be built with what is known."""


_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def built(
    build: Callable[..., Any],
    values: Mapping[str, Any],
    declared: Mapping[str, str],
    options: Mapping[str, Any],
) -> Any:
    """Build a backend with those of the values that it accepts; the model may be its first argument.

    Args:
        build: the class, or a function that makes an instance.
        values: the values by the names of ``NAMES``.
        declared: by these names, that of the class's own parameter; an empty text where it has none.
        options: further arguments by their own names.

    Raises:
        ConstructionError: it demands an argument of which nobody knows what it is.
    """
    parameters = inspect.signature(build).parameters
    names = own_names(build, declared)
    keywords = {name: values[role] for role, name in names.items() if name} | dict(options)
    first = next(iter(parameters.values()), None)
    positional = []
    if first is not None and first.kind not in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
        has_model = names["model"] in parameters
        is_free = first.name == names["model"] or not (has_model or first.name in keywords)
        if is_free and declared.get("model") != "":
            keywords.pop(names["model"], None)
            positional = [values["model"]]
    demanded = [
        each.name
        for each in [*parameters.values()][len(positional) :]
        if each.default is Parameter.empty and each.kind in _BY_NAME and each.name not in keywords
    ]
    if demanded:
        unknown = [role for role in ("base_url", "api_key") if not names[role]]
        known = "".join(f'constructor = {{ {role} = "{demanded[0]}" }} or ' for role in unknown[:1])
        raise ConstructionError(
            f"{getattr(build, '__name__', build)} demands {', '.join(demanded)}: say what it is, in "
            f'pyproject.toml, as in {known}options = {{ {demanded[0]} = "…" }}'
        )
    return build(*positional, **keywords)


def own_names(build: Callable[..., Any], declared: Mapping[str, str]) -> dict[str, str]:
    """By the names of ``NAMES``, that of the class's own argument; an empty text where it accepts none."""
    parameters = inspect.signature(build).parameters
    accepts_any = any(each.kind is Parameter.VAR_KEYWORD for each in parameters.values())
    return {role: _own_name(role, parameters, declared, accepts_any=accepts_any) for role in NAMES}


def _own_name(
    role: str, parameters: Mapping[str, Parameter], declared: Mapping[str, str], *, accepts_any: bool
) -> str:
    """The class's own name for an argument; empty where it does not accept it."""
    if role in declared:
        return declared[role]
    found = (name for name in NAMES[role] if name in parameters and parameters[name].kind in _BY_NAME)
    return next(found, role if accepts_any else "")
