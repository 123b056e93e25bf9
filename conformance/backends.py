"""The backends and targets that a project binds to the suite, declared in its pyproject.toml.

A backend is a class; a target is one server that it is asked to speak to::

    [tool.conformance.backends.litellm]
    class = "provider:LiteLLM"

    [tool.conformance.backends.litellm.targets.engine-anthropic]
    model = "anthropic/tiny"
    dialect = "anthropic"

    [tool.conformance.backends.litellm.targets.engine-anthropic.gaps]
    "tools/one_call" = "what fails, and https://the.bug/it/waits/for"
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provider.base import BaseLLM

CASSETTES = "cassettes"
"""Folder of the recordings, beside the pyproject.toml that binds the backends."""


class BindingError(Exception):
    """The declaration of backends and targets cannot be used."""


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
        gaps: scenarios that are known to fail, each with a reason and a link to the upstream bug.
    """

    backend: str
    name: str
    factory: str
    model: str
    dialect: str
    path: str = ""
    gaps: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How reports and test ids call it: ``backend@target``."""
        return f"{self.backend}@{self.name}"

    def build(self, url: str, api_key: str, *, timeout: float, max_retries: int) -> BaseLLM:
        """The backend, not loaded, in front of the server at ``url``."""
        build: Callable[..., BaseLLM] = imported(self.factory)
        return build(
            self.model, api_key=api_key, base_url=url + self.path, timeout=timeout, max_retries=max_retries
        )


def imported(name: str) -> Any:
    """The object that ``package.module:attribute`` names.

    Raises:
        BindingError: there is no such module or attribute.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BindingError(f"{name!r} cannot be imported: {error}") from error


def bound_targets(pyproject: Path) -> list[Target]:
    """The targets that ``pyproject`` declares, in its order.

    Raises:
        BindingError: the file declares none, or one of them wrongly.
    """
    try:
        tables = tomllib.loads(pyproject.read_text("utf-8"))["tool"]["conformance"]["backends"]
    except (OSError, KeyError) as error:
        raise BindingError(f"{pyproject} declares no [tool.conformance.backends.…]: {error}") from error
    targets = [
        _target(backend, name, table, settings)
        for backend, table in tables.items()
        for name, settings in table.get("targets", {}).items()
    ]
    if not targets:
        raise BindingError(f"{pyproject} declares backends but no targets: nothing would be tested")
    return targets


def _target(backend: str, name: str, table: Mapping[str, Any], settings: Mapping[str, Any]) -> Target:
    try:
        target = Target(backend=backend, name=name, factory=table["class"], **settings)
    except (KeyError, TypeError) as error:
        raise BindingError(f"[tool.conformance.backends.{backend}.targets.{name}]: {error}") from error
    for scenario, reason in target.gaps.items():
        if "https://" not in reason:
            raise BindingError(f"the known gap {scenario} of {target.label} needs a link to its upstream bug")
    return target
