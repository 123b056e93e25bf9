"""What a project declares about a provider's own server: its address, its key, how often it may be asked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VARIABLE = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")
"""An environment variable in a declared text."""

_SECRET = re.compile(
    r"KEY|SECRET|TOKEN|PASSW(OR)?D|PASSPHRASE|CREDENTIAL|BEARER|(^|_)(PASS|AUTH|JWT|PAT|COOKIE|SESSION)(_|$)|_PWD$"
)
"""What the name of a variable with a secret contains; others hold a resource, a project or a region."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class HostedServer:
    """A provider's own server behind a target; its recordings replace the target's scripts.

    In ``url``, ``model`` and the texts of ``options``, ``{VARIABLE}`` is replaced by an environment variable:
    for what belongs to an account and must not be recorded, such as a project, a resource or a second key.

    Attributes:
        url: the base URL, in the form that the backend wants.
        key: the environment variable that holds the key; empty if the server needs none.
        model: the model to record, by the name that the backend wants; empty for the target's own.
        options: keyword arguments of the class, which replace the target's own.
        price: the entry of litellm's price table; empty for the one with the model's name.
        requests_per_minute: the maximum rate of requests.
        max_tokens: the limit of an answer in tokens, sent with every question that sets none.
        hosts: further hosts that the backend contacts, such as a token server.

    Raises:
        ValueError: a value is not allowed.
    """

    url: str
    key: str = ""
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    price: str = ""
    requests_per_minute: float = 30.0
    max_tokens: int = 1024
    hosts: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("url", "key", "model", "price"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} = {getattr(self, name)!r:.80} is not a text")
        if not isinstance(self.options, Mapping) or isinstance(self.hosts, str):
            raise ValueError("options must be a table, and hosts a list")
        if self.key and not _NAME.fullmatch(self.key):
            raise ValueError(
                f"key = {self.key!r} is not the name of a variable; a key itself is never declared"
            )
        if not 0 < self.requests_per_minute < math.inf or self.max_tokens <= 0:
            raise ValueError("requests_per_minute and max_tokens must be more than 0")

    @property
    def variables(self) -> list[str]:
        """Every environment variable that it needs, that of the key first."""
        found = [
            name for text in (self.url, self.model, *self.texts.values()) for name in VARIABLE.findall(text)
        ]
        return list(dict.fromkeys([*([self.key] if self.key else []), *found]))

    @property
    def is_free(self) -> bool:
        """Whether the server costs nothing, because it needs neither key nor account."""
        return not any(name == self.key or is_secret(name) for name in self.variables)

    @property
    def texts(self) -> dict[str, str]:
        """The options that are texts, by name."""
        return {name: text for name, text in self.options.items() if isinstance(text, str)}


def is_secret(variable: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return _SECRET.search(variable) is not None


def filled(text: str, value_of: Callable[[str], str]) -> str:
    """``text`` with each variable replaced by what ``value_of`` returns for it."""
    return VARIABLE.sub(lambda found: value_of(found[1]), text)
