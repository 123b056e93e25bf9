"""The backends and targets that a project binds to the suite; ``pyproject.py`` reads their declarations."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from conformance.patterns import matches
from conformance.runner.targets.construction import ConstructionError, built, own_names
from conformance.servers.hosted import Access, HostedServer
from conformance.servers.scripted.google_account import private_key, service_account
from conformance.spec.boundary import ERRORS_ONLY, bounded
from conformance.spec.bridge import bridged
from conformance.spec.strangers import StrangerLLM
from provider.base import BaseLLM

CASSETTES = "cassettes"
"""Folder of the recordings, beside the pyproject.toml that binds the backends."""

PRIVATE_KEY = "{private_key}"
"""Placeholder in a target's options for a private key as PEM, which signs requests."""

SERVICE_ACCOUNT = "{service_account}"
"""Placeholder in a target's options for the JSON file of a Google service account."""

ROUTE = "{route}"
"""Placeholder in the model of a list of routes for the name of each."""

CAPABILITIES = (
    "tools",
    "parallel_tools",
    "json_schema",
    "json_object",
    "image",
    "reasoning",
    "cached_tokens",
)
"""What a model or its server may support: declared true, declared false, or only measured."""

MISTAKES = ("unknown_model", "bad_parameter", "wrong_key")
"""Mistakes of a request that some servers accept: an unknown model, a value out of range, a wrong key."""


class BindingError(Exception):
    """The declaration of backends and targets cannot be used."""


_LETTERS = r"\w\u00c0-\u061b\u061d-\u180d\u180f-\u1fff\u3001-\ud7ff"
_NAME = re.compile(f"[{_LETTERS}][{_LETTERS}.,=+-]{{0,99}}", re.ASCII)


def is_name(text: str) -> bool:
    """Whether a file may be called so: letters, digits and ``_ . , = + -``, a letter or digit first."""
    return _NAME.fullmatch(text) is not None


class NothingBoundError(BindingError):
    """Nothing is declared."""


@dataclass(frozen=True)
class Target:
    """One backend in front of one server.

    Attributes:
        backend: the backend's name in the declaration.
        name: the target's name, unique within its backend.
        factory: ``package:Class``, called with those of the model, ``api_key``, ``base_url``, ``timeout``
            (seconds) and ``max_retries`` that it accepts.
        model: the name of the model, as the backend expects it.
        dialect: the dialect of the server, in which scripts are sent; one of another package is
            ``package.module:Class``.
        path: the path that the backend expects after the server's address.
        options: further keyword arguments of the class; ``{url}`` in a text is the server's address,
            ``{key}`` its key, ``{private_key}`` a key that signs requests, ``{service_account}`` the JSON
            file of a Google account that gets its tokens there.
        source: ``recording``, or ``script`` where the loopback server answers the dialogue's questions too,
            as long as there is no recording of the hosted server.
        hosted: the provider's own server, which is recorded where its key is set; None where there is none.
        scenarios: ``all``, or ``core`` or ``routes`` for those marked so.
        context: the largest prompt in tokens; 0 where it is not declared.
        accepts: the mistakes that its server accepts, of ``MISTAKES``.
        constructor: for ``model``, ``api_key``, ``base_url``, ``timeout`` and ``max_retries`` the class's own
            name of the argument, where it is not a usual one; an empty text where it accepts none.
        capabilities: the declared ones, true or false; the others are only measured.
        gaps: scenarios that are known to fail, each with a reason and a link to the upstream bug.
        level: the level of the suite that its backend pins, so that scenarios of a later level are not asked;
            None for all scenarios.
        asynchronous: whether its methods are awaited; None where nobody has declared it.
        replays: the label of the target whose recordings it replays, for it sends the same requests; empty
            where it has its own. It is never recorded itself.
        finding: a bug of the library that the backend wraps, and its link; shown beside what it passed.
    """

    backend: str
    name: str
    factory: str
    model: str
    dialect: str
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # a key may be among them
    source: Literal["recording", "script"] = "recording"
    hosted: HostedServer | None = None
    scenarios: Literal["all", "core", "routes"] = "all"
    context: int = 0
    accepts: Sequence[str] = ()
    constructor: Mapping[str, str] = field(default_factory=dict)
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    level: int | None = None
    asynchronous: bool | None = None
    replays: str = ""
    finding: str = ""

    def __post_init__(self) -> None:
        for name in (self.backend, self.name):
            if not is_name(name):
                raise BindingError(
                    f"{name!a:.100} cannot be the name of a backend or a target: their recordings lie in a "
                    "folder of that name. A name has at most 100 letters, digits and . , = + - _"
                )

    @property
    def label(self) -> str:
        """Its name in reports and test ids: ``backend@target``."""
        return f"{self.backend}@{self.name}"

    @property
    def folder(self) -> Path:
        """Where the recordings that it replays lie below the folder of all recordings."""
        return Path(*self.recorded_as.split("@", 1))

    @property
    def recorded_as(self) -> str:
        """The label of the target whose recordings it replays: mostly its own."""
        return self.replays or self.label

    @property
    def wants_tokens(self) -> bool:
        """Whether the backend fetches access tokens, also in a replay: vcrpy does not see these requests."""
        return SERVICE_ACCOUNT in self.options.values()

    @property
    def group(self) -> str:
        """``backend@routes`` for a route, its label for another target."""
        return f"{self.backend}@routes" if self.scenarios == "routes" else self.label

    def is_chosen(self, patterns: str | None) -> bool:
        """Whether one of the patterns admits it; ``backend@routes`` admits all routes."""
        return matches(patterns, self.label) or matches(patterns, self.group)

    def behind(self, access: Access, token_url: str = "") -> Target:
        """This target in front of a hosted server, whose URL has the path in it already.

        Args:
            access: what the backend is built with.
            token_url: the token server of a replay; empty for the one that the account itself names.
        """
        options = {**self.options, **access.options}
        if token_url:
            account = service_account(token_url, access.key or "stand-in")
            options |= {name: account for name, value in self.options.items() if value == SERVICE_ACCOUNT}
        return replace(self, model=access.model, path="", options=options)

    def build(self, url: str, api_key: str, *, timeout: float, max_retries: int) -> BaseLLM:
        """The backend, not loaded, in front of ``url``; a ``BaseLLM`` asks a stranger, and what is awaited.

        Raises:
            BindingError: there is no such class, or it demands an argument that is not declared.
        """
        values = {
            "model": self.model,
            "api_key": api_key,
            "base_url": url + self.path,
            "timeout": timeout,
            "max_retries": max_retries,
        }
        with ERRORS_ONLY:
            build = self.imported()
            try:
                backend = built(build, values, self.constructor, self.filled_options(url, api_key))
            except ConstructionError as error:
                raise BindingError(f"{self.backend}: {error}") from error
        asked = bridged(backend)
        is_async = asked is not backend
        if self.asynchronous is not None and is_async != self.asynchronous:
            says = f"say asynchronous = {str(is_async).lower()} in [tool.conformance.backends.{self.backend}]"
            raise BindingError(
                f"the methods of {self.factory} are {'' if is_async else 'not '}awaited: {says}"
            )
        return bounded(asked if isinstance(asked, BaseLLM) else StrangerLLM(asked, self.model))

    def is_given(self, argument: str) -> bool:
        """Whether its class accepts a ``timeout`` or ``max_retries``, and so is given it."""
        return bool(own_names(self.imported(), self.constructor)[argument])

    def filled_options(self, url: str, api_key: str) -> dict[str, Any]:
        """The options, with the server at ``url`` in the place of their placeholders."""
        return {
            name: _filled(value, url, api_key) if isinstance(value, str) else value
            for name, value in self.options.items()
        }

    def imported(self) -> Any:
        """The class, imported now.

        Raises:
            BindingError: there is no such class.
        """
        module, _, attribute = self.factory.partition(":")
        try:
            return attrgetter(attribute)(importlib.import_module(module))
        except (ImportError, AttributeError, ValueError) as error:
            raise BindingError(
                f"{self.backend}: class = {self.factory!r} cannot be imported: {error}"
            ) from error


def _filled(option: str, url: str, api_key: str) -> str:
    if option == SERVICE_ACCOUNT:
        return service_account(url, api_key)
    if option == PRIVATE_KEY:
        return private_key()
    return option.replace("{url}", url).replace("{key}", api_key)
