"""The backends and targets that a project binds to the suite; ``conformance.declared`` reads them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from conformance.hosted import Access, Hosted
from conformance.wire.google_account import service_account
from provider.base import BaseLLM

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


def admits(pattern: str | None, name: str) -> bool:
    """Whether a pattern admits ``backend@target`` or ``group/scenario``; a word alone is a part of it."""
    if not pattern:
        return True
    whole = fnmatchcase(name, pattern)
    return whole or name.startswith((f"{pattern}/", f"{pattern}@")) or name.endswith(f"@{pattern}")
