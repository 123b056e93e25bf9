"""How a backend gets at a hosted server: really when it is recorded, with stand-ins when it is replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.hosted.declaration import VARIABLE, Hosted, filled, is_secret

SHORTEST_SECRET = 8
"""Characters: what is shorter turns up by chance."""


@dataclass(frozen=True)
class Access:
    """What a backend is built with, and what of it no recording may hold.

    Attributes:
        url: the base URL.
        stored_url: the same as recordings name it.
        model: the model, in the words that the backend wants.
        key: the key; empty where there is none.
        options: keyword arguments of the class.
        secrets: what must be stored nowhere, by the name of its variable; in a replay the stand-ins.
        identifiers: what is stored as another text: each value and its stand-in.
    """

    url: str
    stored_url: str
    model: str
    key: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    identifiers: Mapping[str, str] = field(default_factory=dict)


def live(hosted: Hosted, model: str, environment: Mapping[str, str]) -> Access:
    """The real way in, with every variable set in ``environment``; ``model`` is the target's own."""
    secrets = _secrets(hosted, environment.__getitem__)
    # What is in a file of credentials is secret, and not where it lies.
    files = {f"the file of {name}": Path(path) for name, path in secrets.items() if _names_a_file(path)}
    names = {*_variables(hosted.url), *(name for _, text in hosted.texts() for name in _variables(text))}
    return Access(
        url=filled(hosted.url, environment.__getitem__),
        stored_url=stored_url(hosted),
        model=filled(hosted.model, environment.__getitem__) or model,
        key=environment[hosted.key] if hosted.key else "",
        options=_options(hosted, environment.__getitem__),
        secrets=secrets | {name: path.read_text("utf-8") for name, path in files.items()},
        identifiers={environment[name]: _stand_in(name) for name in names if not is_secret(name)},
    )


def stand_in(hosted: Hosted, url: str, model: str) -> Access:
    """The way in of a replay: the URL and the model that a recording names, and nothing real."""
    return Access(
        url=url,
        stored_url=url,
        model=model,
        key=_stand_in(hosted.key) if hosted.key else "",
        options=_options(hosted, _stand_in),
        secrets=_secrets(hosted, _stand_in),
    )


def secret_values(environment: Mapping[str, str]) -> dict[str, str]:
    """Every value that may be a secret by the name of its variable, whoever's server it is for."""
    return {
        name: value
        for name, value in environment.items()
        if is_secret(name) and len(value) >= SHORTEST_SECRET and not _names_a_file(value)
    }


def _names_a_file(value: str) -> bool:
    try:
        return Path(value).is_file()
    except OSError:  # it is too long for a name
        return False


def _secrets(hosted: Hosted, value_of: Callable[[str], str]) -> dict[str, str]:
    """In the order of the declaration, so that recorder and replay count them alike."""
    return {name: value_of(name) for name in hosted.variables if name == hosted.key or is_secret(name)}


def _variables(text: str) -> list[str]:
    return VARIABLE.findall(text)


def _options(hosted: Hosted, value_of: Callable[[str], str]) -> dict[str, Any]:
    return {**hosted.options, **{name: filled(text, value_of) for name, text in hosted.texts()}}


def stored_url(hosted: Hosted) -> str:
    """Where a variable holds the address itself there is no host to show."""
    if address := VARIABLE.match(hosted.url):
        rest = hosted.url[address.end() :]
        return f"https://{_stand_in(address[1])}.invalid{filled(rest, _stand_in)}"
    return filled(hosted.url, _stand_in)


def _stand_in(name: str) -> str:
    """Says what it stands for; too plain a text for anyone to take it for a key."""
    return name.lower().replace("_", "-")
