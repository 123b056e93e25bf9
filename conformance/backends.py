"""The backends and targets that a project binds to the suite, declared in its pyproject.toml.

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

import importlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from conformance.hosted import Access, Hosted
from conformance.wire.google_account import service_account
from provider.base import BaseLLM

TABLES = "tool.conformance.backends"
"""Where a pyproject.toml declares them."""

CASSETTES = "cassettes"
"""Folder of the recordings, beside the pyproject.toml that binds the backends."""

SERVICE_ACCOUNT = "{service_account}"
"""Stands in a target's options for the JSON file of a Google account."""

CAPABILITIES = (
    "tools",
    "parallel_tools",
    "json_schema",
    "json_object",
    "image",
    "reasoning",
    "cached_tokens",
)
"""What a model or its server may or may not be able to do; declared yes, declared no, or only measured."""


TAKEN = ("unknown_model", "bad_parameter")
"""What a server may take that most refuse: a model that it does not have, a value that makes no sense."""


LEVEL = 1
"""The newest level of the suite: a scenario that is added after a release has the mark of the next one."""


class BindingError(Exception):
    """The declaration of backends and targets cannot be used."""


class NothingBoundError(BindingError):
    """There is no declaration at all."""


@dataclass(frozen=True)
class Target:
    """One backend in front of one server.

    Attributes:
        backend: the backend's name in the declaration.
        name: the target's name below that backend.
        factory: ``package:Class``, called with the model, ``api_key``, ``base_url``, ``timeout`` (seconds)
            and ``max_retries``.
        model: the model, in the words that the backend wants.
        dialect: the wire that the server speaks; scripted scenarios answer in it.
        path: what the backend wants after the server's address.
        options: further keyword arguments of the class; ``{url}`` in a text is the server's address,
            ``{service_account}`` the JSON file of a Google account that gets its tokens there.
        source: ``recording``, or ``script`` where the loopback server answers the dialogue's questions too,
            as long as there is no recording of the hosted server.
        hosted: the provider's own server, where whoever has a key can record it.
        scenarios: ``all``, or ``core`` for those marked so.
        context: how many tokens a prompt may have there; 0 where nobody has declared it.
        takes: what its server takes without complaint though others refuse it, of ``TAKEN``.
        capabilities: what it is declared to be able to do, and not to; the rest is measured.
        gaps: scenarios that are known to fail, each with a reason and a link to the upstream bug.
        level: the level of the suite that its backend pins: scenarios of a later one are not asked; None for
            every scenario there is.
    """

    backend: str
    name: str
    factory: str
    model: str
    dialect: str
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # a key may be among them
    source: Literal["recording", "script"] = "recording"
    hosted: Hosted | None = None
    scenarios: Literal["all", "core"] = "all"
    context: int = 0
    takes: Sequence[str] = ()
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    level: int | None = None

    @property
    def label(self) -> str:
        """How reports and test ids call it: ``backend@target``."""
        return f"{self.backend}@{self.name}"

    @property
    def folder(self) -> Path:
        """Where its recordings lie below the folder of all recordings."""
        return Path(self.backend, self.name)

    @property
    def wants_tokens(self) -> bool:
        """Whether its account gets tokens from a token server, in a replay too: vcrpy does not see it."""
        return SERVICE_ACCOUNT in self.options.values()

    def behind(self, access: Access, token_url: str = "") -> Target:
        """The target as the backend of a hosted server is built, to be given that server's whole URL.

        Args:
            access: the way in.
            token_url: where a replay grants its tokens; empty for those that the account names itself.
        """
        options = {**self.options, **access.options}
        if token_url:
            account = service_account(token_url, access.key or "stand-in")
            options |= {name: account for name, value in self.options.items() if value == SERVICE_ACCOUNT}
        return replace(self, model=access.model, path="", options=options)

    def build(self, url: str, api_key: str, *, timeout: float, max_retries: int) -> BaseLLM:
        """The backend, not loaded, in front of the server at ``url``.

        Raises:
            BindingError: there is no such class.
        """
        build: Callable[..., BaseLLM] = self.imported()
        options = {
            name: _filled(value, url, api_key) if isinstance(value, str) else value
            for name, value in self.options.items()
        }
        return build(
            self.model,
            api_key=api_key,
            base_url=url + self.path,
            timeout=timeout,
            max_retries=max_retries,
            **options,
        )

    def imported(self) -> Any:
        """The class.

        Raises:
            BindingError: there is none.
        """
        module, _, attribute = self.factory.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise BindingError(
                f"{self.backend}: class = {self.factory!r} cannot be imported: {error}"
            ) from error


def _filled(option: str, url: str, api_key: str) -> str:
    if option == SERVICE_ACCOUNT:
        return service_account(url, api_key)
    return option.replace("{url}", url)


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


def admits(pattern: str | None, name: str) -> bool:
    """Whether a pattern admits ``backend@target`` or ``group/scenario``; a word alone is a part of it."""
    if not pattern:
        return True
    whole = fnmatchcase(name, pattern)
    return whole or name.startswith((f"{pattern}/", f"{pattern}@")) or name.endswith(f"@{pattern}")


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
