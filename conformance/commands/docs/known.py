"""What nobody can compute about the routes of litellm, from ``routes.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("routes.toml")


@dataclass(frozen=True)
class Known:
    """What is known of one route.

    Attributes:
        no_chat: what it does instead, where it answers no questions.
        login: whether it logs in interactively, so that it cannot be asked.
        needs: what it needs beside its key: a package, options, another variable.
        note: why it is not proven, or what to know of it.
        model: a model string that it accepts, where it does not accept every name.
        path: what it expects after the server's address.
        options: options without which it sends nothing.
    """

    no_chat: str = ""
    login: bool = False
    needs: str = ""
    note: str = ""
    model: str = ""
    path: str = "/v1"
    options: Mapping[str, Any] = field(default_factory=dict)


def known_routes() -> dict[str, Known]:
    """The routes of which something is known, by name.

    Raises:
        TypeError: an entry has an unknown field.
    """
    return {name: Known(**entry) for name, entry in tomllib.loads(FILE.read_text("utf-8")).items()}
