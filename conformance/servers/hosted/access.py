"""What a backend of a hosted server is built with: real values to record, placeholders to replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.servers.hosted.declaration import VARIABLE, HostedServer, filled, is_secret

SHORTEST_SECRET = 8
"""Characters; a shorter value could occur anywhere by chance."""


@dataclass(frozen=True)
class Access:
    """What a backend is built with, and which of it no recording may contain.

    Attributes:
        url: the base URL.
        stored_url: the base URL as recordings name it.
        model: the model, by the name that the backend wants.
        key: the key; empty where there is none.
        options: keyword arguments of the class.
        secrets: values that must never be stored, by their variables; in a replay their placeholders.
        identifiers: values that are stored as a placeholder, each with that placeholder.
    """

    url: str
    stored_url: str
    model: str
    key: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    identifiers: Mapping[str, str] = field(default_factory=dict)


def real_access(hosted: HostedServer, model: str, environment: Mapping[str, str]) -> Access:
    """The access to record with, from variables that are all set in ``environment``.

    ``model`` is the target's own, for a server that declares none.
    """
    secrets = _secrets(hosted, environment.__getitem__)
    # The content of a credentials file is secret too.
    files = {f"the file of {name}": Path(path) for name, path in secrets.items() if _names_a_file(path)}
    return Access(
        url=filled(hosted.url, environment.__getitem__),
        stored_url=stored_url(hosted),
        model=filled(hosted.model, environment.__getitem__) or model,
        key=environment[hosted.key] if hosted.key else "",
        options=_options(hosted, environment.__getitem__),
        secrets=secrets | {name: path.read_text("utf-8") for name, path in files.items()},
        identifiers={
            environment[name]: _placeholder(name)
            for name in hosted.variables
            if name != hosted.key and not is_secret(name)
        },
    )


def placeholder_access(hosted: HostedServer, url: str, model: str) -> Access:
    """The access to replay with: URL and model as the recording names them, placeholders for the rest."""
    return Access(
        url=url,
        stored_url=url,
        model=model,
        key=_placeholder(hosted.key) if hosted.key else "",
        options=_options(hosted, _placeholder),
        secrets=_secrets(hosted, _placeholder),
    )


def secret_values(environment: Mapping[str, str]) -> dict[str, str]:
    """Every value that may be a secret by the name of its variable, whichever server it belongs to."""
    return {
        name: value
        for name, value in environment.items()
        if is_secret(name) and len(value) >= SHORTEST_SECRET and not _names_a_file(value)
    }


def stored_url(hosted: HostedServer) -> str:
    """The URL that recordings name; a host that comes from a variable is replaced by an invented one."""
    if address := VARIABLE.match(hosted.url):
        rest = hosted.url[address.end() :]
        return f"https://{_placeholder(address[1])}.invalid{filled(rest, _placeholder)}"
    return filled(hosted.url, _placeholder)


def _names_a_file(value: str) -> bool:
    try:
        return Path(value).is_file()
    except OSError:  # too long for a name
        return False


def _secrets(hosted: HostedServer, value_of: Callable[[str], str]) -> dict[str, str]:
    """In the order of the declaration, so that recorder and replay number them alike."""
    return {name: value_of(name) for name in hosted.variables if name == hosted.key or is_secret(name)}


def _options(hosted: HostedServer, value_of: Callable[[str], str]) -> dict[str, Any]:
    return {**hosted.options, **{name: filled(text, value_of) for name, text in hosted.texts.items()}}


def _placeholder(variable: str) -> str:
    """What replaces a variable's value: the variable's name in lower case, which nobody takes for a key."""
    return variable.lower().replace("_", "-")
