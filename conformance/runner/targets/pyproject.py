"""Reads the backends and targets that a pyproject.toml declares, and says what is wrong with them.

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
    source = "script"      # it is not recorded: the loopback server answers
    scenarios = "core"     # only the scenarios that are asked of every target

    [tool.conformance.backends.litellm.targets.gemini.hosted]
    url = "https://the.server/v1beta"     # recorded where the key is set: conformance.servers.hosted
    key = "GEMINI_API_KEY"

Many targets that differ in nothing but a name are a list of routes; each is asked the scenarios marked so::

    [tool.conformance.backends.litellm.routes.chat-completions]
    names = ["moonshot", "zai"]           # litellm@moonshot and litellm@zai
    model = "{route}/tiny"
    dialect = "openai"
    path = "/v1"

    [tool.conformance.backends.litellm.routes.chat-completions.gaps.zai]
    "invoke/text" = "what fails, and https://the.bug/it/waits/for"
"""

from __future__ import annotations

import tomllib
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from conformance.files import content, is_deeper
from conformance.runner.targets.construction import NAMES
from conformance.runner.targets.target import (
    CAPABILITIES,
    MISTAKES,
    ROUTE,
    BindingError,
    NothingBoundError,
    Target,
)
from conformance.servers.hosted import HostedServer
from conformance.servers.scripted.dialects import dialect

TABLES = "tool.conformance.backends"
"""The table of a pyproject.toml in which backends are declared."""

LARGEST = 4_000_000
"""Bytes of the largest pyproject.toml that is read."""

DEPTH = 50
"""Levels of the most deeply nested one."""

LEVEL = 1
"""The newest level of the suite: a scenario that is added after a release has the mark of the next one."""

_TYPES: Mapping[str, tuple[type, str]] = {
    "model": (str, "a text"),
    "dialect": (str, "a text"),
    "path": (str, "a text"),
    "replays": (str, "a text"),
    "context": (int, "a whole number"),
    "accepts": (list, "a list"),
    "options": (dict, "a table"),
    "constructor": (dict, "a table"),
    "capabilities": (dict, "a table"),
    "gaps": (dict, "a table"),
}
"""The type of each setting of a target, as TOML has it, and its name in a message."""


_RENAMED: Mapping[str, str] = {"takes": "accepts"}
"""Settings of a target that had another name before 0.2, by that name: the next release forgets them."""


def bound_targets(pyproject: Path) -> list[Target]:
    """The targets that ``pyproject`` declares, in its order.

    Raises:
        NothingBoundError: there is no such file, or it declares none.
        BindingError: the file cannot be read, or declares one of them wrongly.
    """
    tables: Any = tables_in(pyproject)
    for name in TABLES.split("."):
        if not isinstance(tables, dict) or name not in tables:
            raise NothingBoundError(f"{pyproject} declares no [{TABLES}.…]")
        tables = tables[name]
    if not isinstance(tables, dict) or not tables:
        raise BindingError(f"{pyproject}: [{TABLES}] is empty: nothing would be tested")
    found = [target for backend, table in tables.items() for target in _targets(backend, table)]
    recorded = {target.label for target in found if target.source == "recording" and not target.replays}
    for target in found:
        if target.replays and (target.replays not in recorded or target.source != "recording"):
            raise BindingError(f"{target.label}: replays = {target.replays!r} is no target with recordings")
    return found


def tables_in(pyproject: Path) -> dict[str, Any]:
    """The tables of a pyproject.toml.

    Raises:
        NothingBoundError: there is no such file.
        BindingError: it is not TOML.
    """
    try:
        tables = tomllib.loads(content(pyproject, LARGEST).decode("utf-8"))
    except FileNotFoundError as error:
        reason = f"{pyproject.parent} has no readable pyproject.toml ({error.strerror})"
        raise NothingBoundError(reason) from error
    except (OSError, ValueError, RecursionError) as error:  # ValueError: not TOML, or not UTF-8
        raise BindingError(f"{pyproject} cannot be read: {error}") from error
    if is_deeper(tables, DEPTH):
        raise BindingError(f"{pyproject} is nested deeper than {DEPTH} levels")
    return tables


def _targets(backend: str, table: Any) -> list[Target]:
    where = f"[{TABLES}.{backend}]"
    if not isinstance(table, dict) or not isinstance(table.get("class"), str):
        raise BindingError(f'{where} has no class = "package.module:Class"')
    if unknown := table.keys() - {"class", "asynchronous", "level", "finding", "targets", "routes"}:
        raise BindingError(f"{where} has an unknown key: {', '.join(sorted(unknown))}")
    if not isinstance(table.get("targets"), dict) or not table["targets"]:
        raise BindingError(f"{where} has no targets: it would not be tested")
    level = table.get("level")
    if level is not None and level not in range(1, LEVEL + 1):
        raise BindingError(f"{where}: level = {level!r} is not a level of this suite, which has 1 to {LEVEL}")
    finding = table.get("finding", "")
    if finding and ": https://" not in str(finding):
        raise BindingError(f"{where}: the finding needs a link to its upstream bug")
    asynchronous = table.get("asynchronous", False)
    if not isinstance(asynchronous, bool):
        raise BindingError(f"{where}: asynchronous = {asynchronous!r:.80} must be true or false")
    common = {
        "backend": backend,
        "factory": table["class"],
        "asynchronous": asynchronous,
        "level": level,
        "finding": finding,
    }
    found = [
        _target(f"[{TABLES}.{backend}.targets.{name}]", name, common, settings)
        for name, settings in table["targets"].items()
    ]
    if not isinstance(table.get("routes", {}), dict):
        raise BindingError(f"{where}: routes = {table['routes']!r:.80} is not a table")
    for name, settings in table.get("routes", {}).items():
        found += _routes(f"[{TABLES}.{backend}.routes.{name}]", common, settings)
    labels = Counter(target.label for target in found)
    if twice := [label for label, count in labels.items() if count > 1]:
        raise BindingError(
            f"{where}: declared twice, as a target and in a list of routes: {', '.join(twice)}"
        )
    return found


def _routes(where: str, common: Mapping[str, Any], settings: Any) -> list[Target]:
    """The targets of a list of routes, which differ in their name, in the model and in their known gaps."""
    settings = dict(settings) if isinstance(settings, dict) else {}
    names, gaps = settings.pop("names", None), settings.pop("gaps", {})
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BindingError(f"{where} has no names = [...], the routes")
    if ROUTE not in str(settings.get("model", "")):
        raise BindingError(f'{where}: model must be a text with {ROUTE} in it, e.g. "{ROUTE}/tiny"')
    if not isinstance(gaps, dict):
        raise BindingError(f"{where}: gaps = {gaps!r:.80} is not a table")
    if unknown := gaps.keys() - {*names}:
        raise BindingError(f"{where}: known gaps of no route: {', '.join(sorted(unknown))}")
    settings = {"source": "script", "scenarios": "routes", **settings}
    return [
        _target(
            where,
            name,
            common,
            {**settings, "model": settings["model"].replace(ROUTE, name), "gaps": gaps.get(name, {})},
        )
        for name in names
    ]


def _target(where: str, name: str, common: Mapping[str, Any], settings: Any) -> Target:
    try:
        settings = _with_new_names(settings, where)
        hosted = HostedServer(**settings["hosted"]) if "hosted" in settings else None
        target = Target(name=name, **common, **{**settings, "hosted": hosted})
    except (TypeError, ValueError) as error:
        raise BindingError(f"{where}: {error}") from error
    _check_types(settings, where)
    _check_values(target, where)
    return target


def _with_new_names(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The settings by their present names; each old name gives a warning."""
    found = dict(settings)
    for old, new in _RENAMED.items():
        if old in found:
            warnings.warn(f"{where}: `{old}` is now called `{new}`", FutureWarning, stacklevel=2)
            found.setdefault(new, found.pop(old))
    return found


def _check_types(settings: Mapping[str, Any], where: str) -> None:
    for key, (kind, words) in _TYPES.items():
        if key in settings and type(settings[key]) is not kind:
            raise BindingError(f"{where}: {key} = {settings[key]!r} is not {words}")


def _check_values(target: Target, where: str) -> None:
    hints = get_type_hints(Target)
    for key, value, known in (
        ("source", target.source, get_args(hints["source"])),
        ("scenarios", target.scenarios, get_args(hints["scenarios"])),
    ):
        if value not in known:
            raise BindingError(f"{where}: {key} = {value!r} is not one of {', '.join(known)}")
    try:
        dialect(target.dialect)
    except ValueError as error:
        raise BindingError(f"{where}: {error}") from error
    for role, name in target.constructor.items():
        if not isinstance(name, str):
            raise BindingError(f"{where}: constructor: {role} = {name!r:.80} is not a text")
        if role not in NAMES:
            raise BindingError(f"{where}: constructor: {role!r} is not one of {', '.join(NAMES)}")
    for what in target.accepts:
        if what not in MISTAKES:
            raise BindingError(f"{where}: accepts = {what!r} is not one of {', '.join(MISTAKES)}")
    for name, able in target.capabilities.items():
        if name not in CAPABILITIES:
            raise BindingError(f"{where}: {name!r} is not a capability; known: {', '.join(CAPABILITIES)}")
        if not isinstance(able, bool):
            raise BindingError(f"{where}: the capability {name} is {able!r}; it must be true or false")
    for scenario, reason in target.gaps.items():
        if not isinstance(reason, str) or "https://" not in reason:
            raise BindingError(f"{where}: the known gap {scenario} needs a link to its upstream bug")
