"""The backends that a run asks: named on the command line, declared, or offered by packages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.printable import without_password
from conformance.runner.targets.live import ENGINE_DIALECTS
from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import BindingError, NothingBoundError, Target
from conformance.servers.scripted.dialects import dialect

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "conformance.backends"
"""The entry points by which a package offers its backends: a name, and ``package:Class``."""

MODEL = "tiny"
"""What the embedded engine serves."""

ENGINE: Mapping[str, Any] = {
    "capabilities": {
        "tools": True,
        "parallel_tools": True,
        "json_schema": True,
        "json_object": True,
        "image": False,
        "reasoning": True,
        "cached_tokens": True,
    },
    "context": 2048,
    "accepts": ("unknown_model",),
}
"""What the embedded engine supports; a failure of one of these is the backend's."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class NamedBackend:
    """A backend that the command line names.

    Attributes:
        factory: ``package:Class``.
        url: the server that it is asked in front of, with the path that the backend wants in its base URL;
            None for the embedded engine.
        model: the model; None for that of the engine.
        dialect: the dialect that the server speaks.
        key_env: the environment variable that holds the server's key; None where it needs none.
        path: the path after the server's address that the backend wants, "/" for none; None for that of
            ``url`` or, without one, for the usual one of the dialect.
        accepts: the mistakes that the server accepts, of ``MISTAKES``.
    """

    factory: str
    url: str | None = None
    model: str | None = None
    dialect: str = "openai"
    key_env: str | None = None
    path: str | None = None
    accepts: Sequence[str] = ()

    @property
    def server(self) -> str | None:
        """The address of the server, without a path; None for the embedded engine.

        Raises:
            BindingError: it is not the URL of an HTTP server.
        """
        if self.url is None:
            return None
        parts = urlsplit(checked_url(self.url))
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_live(self) -> bool:
        """Whether a real server answers, and not the loopback server."""
        return self.url is not None or (
            self.dialect in ENGINE_DIALECTS and util.find_spec("xllamacpp") is not None
        )

    def key(self, environment: Mapping[str, str]) -> str | None:
        """The key of the server; None where no variable is named.

        Raises:
            BindingError: the variable is not set.
        """
        return None if self.key_env is None else key_in(self.key_env, environment)

    def target(self) -> Target:
        """The target that these options describe.

        Raises:
            BindingError: an option is missing or wrong.
        """
        module, _, attribute = self.factory.partition(":")
        if not module or not attribute:
            raise BindingError(f"the backend {self.factory!r} is not of the form package.module:Class")
        if self.server is not None and self.model is None:
            raise BindingError(f"name the model of {without_password(self.url or '')} with --model")
        if self.key_env is not None and self.url is None:
            raise BindingError("--key-env is the key of a server: name the server with --base-url")
        known: Mapping[str, Any] = ENGINE if self.is_live and not self.url else {}
        usual = urlsplit(self.url).path if self.url else dialect(self.dialect).base_path
        path = (usual if self.path is None else f"/{self.path.lstrip('/')}").rstrip("/")
        return Target(
            backend=attribute,
            name="server" if self.url else "engine" if self.is_live else "script",
            factory=self.factory,
            model=self.model or MODEL,
            dialect=self.dialect,
            path=path,
            source="recording" if self.is_live else "script",
            **{**known, "accepts": (*known.get("accepts", ()), *self.accepts)},
        )


def checked_url(url: str) -> str:
    """``url``, checked to be the URL of an HTTP server.

    Raises:
        BindingError: it is not.
    """
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an IPv6 address without its bracket, or a port that is not a number
        is_usable = False
    if not is_usable:
        raise BindingError(
            f"{without_password(url)} is not the URL of a server, such as http://localhost:8080/v1"
        )
    return url


def key_in(variable: str, environment: Mapping[str, str]) -> str:
    """The key that a variable holds.

    Raises:
        BindingError: it is not set; the message does not repeat ``variable``, which may be the key itself.
    """
    if not _NAME.fullmatch(variable):
        raise BindingError("--key-env needs the name of the variable that holds the key, not the key itself")
    if not environment.get(variable):
        raise BindingError("the variable that --key-env names is not set")
    return environment[variable]


def project_targets(root: Path) -> list[Target]:
    """The targets that the project in ``root`` declares, or else those that installed packages offer.

    Raises:
        NothingBoundError: there are neither.
        BindingError: a declaration cannot be used.
    """
    try:
        return bound_targets(root / "pyproject.toml")
    except NothingBoundError as error:
        # Not at the top: to import it takes as long as half of what a command does.
        from importlib import metadata

        offered = [_offered(each) for each in metadata.entry_points(group=GROUP)]
        if offered:
            return offered
        raise NothingBoundError(
            f"{error}, and no installed package offers an entry point {GROUP}. Name a class, as in "
            "`conformance check PKG:CLASS`, or declare a backend: docs/adding-a-backend.md"
        ) from error


def _offered(entry: EntryPoint) -> Target:
    return Target(
        backend=entry.name,
        name="engine",
        factory=entry.value,
        model=MODEL,
        dialect="openai",
        path=dialect("openai").base_path,
        **ENGINE,
    )
