"""Reads what a pyproject.toml binds to the suite, and says what is wrong with it.

A backend is a class; a target is one server that it is asked to speak to::

    [tool.conformance.backends.litellm]
    class = "provider:LiteLLM"

    [tool.conformance.backends.litellm.targets.engine-anthropic]
    model = "anthropic/tiny"
    dialect = "anthropic"

    [tool.conformance.backends.litellm.targets.engine-anthropic.gaps]
    "tools/one_call" = "what fails, and https://the.bug/it/waits/for"

    [tool.conformance.backends.litellm.targets.gemini]
    model = "gemini/tiny"
    dialect = "gemini"
    path = "/v1beta"
    source = "script"      # nobody here can record it: the loopback server answers
    scenarios = "core"     # what every route must do, not all that one backend is asked

    [tool.conformance.backends.litellm.targets.gemini.hosted]
    url = "https://the.server/v1beta"     # who has the key can record it: conformance.hosted
    key = "GEMINI_API_KEY"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from conformance.backends import CAPABILITIES, TAKEN, BindingError, NothingBoundError, Target
from conformance.hosted import Hosted

TABLES = "tool.conformance.backends"
"""Where a pyproject.toml declares them."""

LEVEL = 1
"""The newest level of the suite: a scenario that is added after a release has the mark of the next one."""


def bound_targets(pyproject: Path) -> list[Target]:
    """The targets that ``pyproject`` declares, in its order.

    Raises:
        NothingBoundError: the file declares none.
        BindingError: it declares one of them wrongly.
    """
    try:
        tables = tomllib.loads(pyproject.read_text("utf-8"))["tool"]["conformance"]["backends"]
    except (OSError, KeyError) as error:
        raise NothingBoundError(f"{pyproject} declares no [{TABLES}.…]: {error}") from error
    if not isinstance(tables, dict) or not tables:
        raise BindingError(f"{pyproject}: [{TABLES}] is empty: nothing would be tested")
    return [target for backend, table in tables.items() for target in _targets(backend, table)]


def _targets(backend: str, table: Any) -> list[Target]:
    where = f"[{TABLES}.{backend}]"
    if not isinstance(table, dict) or not isinstance(table.get("class"), str):
        raise BindingError(f'{where} has no class = "package.module:Class"')
    if unknown := table.keys() - {"class", "level", "targets"}:
        raise BindingError(f"{where} has a key that means nothing: {', '.join(sorted(unknown))}")
    if not isinstance(table.get("targets"), dict) or not table["targets"]:
        raise BindingError(f"{where} has no targets: it would not be tested")
    level = table.get("level")
    if level is not None and level not in range(1, LEVEL + 1):
        raise BindingError(
            f"{where}: level = {level!r}: this suite has 1 to {LEVEL}, and a newer one may more"
        )
    common = {"backend": backend, "factory": table["class"], "level": level}
    return [_target(backend, name, common, settings) for name, settings in table["targets"].items()]


def _target(backend: str, name: str, common: Mapping[str, Any], settings: Any) -> Target:
    where = f"[{TABLES}.{backend}.targets.{name}]"
    try:
        hosted = Hosted(**settings["hosted"]) if "hosted" in settings else None
        target = Target(name=name, **common, **{**settings, "hosted": hosted})
        gaps, capabilities = dict(target.gaps), dict(target.capabilities)
    except (TypeError, ValueError) as error:
        raise BindingError(f"{where}: {error}") from error
    for key, value in (("source", target.source), ("scenarios", target.scenarios)):
        if value not in (known := get_args(get_type_hints(Target)[key])):
            raise BindingError(f"{where}: {key} = {value!r} is not one of {', '.join(known)}")
    for what in target.takes:
        if what not in TAKEN:
            raise BindingError(
                f"{where}: nothing that is taken is called {what!r}; known: {', '.join(TAKEN)}"
            )
    for name, able in capabilities.items():
        if name not in CAPABILITIES:
            raise BindingError(f"{where}: no capability is called {name!r}; known: {', '.join(CAPABILITIES)}")
        if not isinstance(able, bool):
            raise BindingError(f"{where}: the capability {name} is {able!r}, neither true nor false")
    for scenario, reason in gaps.items():
        if "https://" not in str(reason):
            raise BindingError(f"{where}: the known gap {scenario} needs a link to its upstream bug")
    return target
