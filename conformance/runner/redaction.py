"""Keeps out of everything that a run shows or writes what may not be in it.

That is each secret of a run in front of a real server, and each character by which a server could drive a
terminal.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from conformance.printable import printable
from conformance.recording.secrets.credentials import Credentials
from conformance.recording.secrets.encodings import Find
from conformance.servers.hosted import secret_values
from conformance.servers.hosted.access import SHORTEST_SECRET


def live_secrets(url: str, key: str | None, environment: Mapping[str, str]) -> Credentials:
    """What must be shown nowhere in a run in front of ``url``; what the backend sends is to be added.

    Args:
        url: the address of the server, which may contain a user and a password.
        key: the key of the server; None where it needs none.
        environment: the variables that a backend may read a key of its own from.
    """
    named = {} if key is None else {"--key-env": key}
    return Credentials({**named, **dict(_in_address(url)), **secret_values(environment)})


def _in_address(url: str) -> Iterator[tuple[str, str]]:
    address = urlsplit(url)
    for name, value in (("the user", address.username), ("the password", address.password)):
        if value is not None and len(value) >= SHORTEST_SECRET:
            yield f"{name} in the server's address", value
            yield f"{name} in the server's address, decoded", unquote(value)


class Redaction:
    """A pytest plugin that does so in warnings and in the errors of a collection.

    Args:
        find: names the secret in a text, and is empty for none.
    """

    def __init__(self, find: Find) -> None:
        self._find = find

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Replace a warning, also that of an exception in a thread."""
        words = str(warning_message.message)
        if (shown := self._shown(words)) != words:
            warning_message.message = UserWarning(shown)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Replace why a file cannot be collected."""
        words = str(report.longrepr or "")
        if (shown := self._shown(words)) != words:
            report.longrepr = shown

    def _shown(self, words: str) -> str:
        return not_shown(found) if (found := self._find(words)) else printable(words)


def escape(report: pytest.TestReport) -> None:
    """Escape what would drive a terminal in each text of a report; the records of its log are already."""
    report.longrepr = _escaped(report.longrepr)
    report.sections = [
        (name, text if name.startswith("Captured log") else printable(text)) for name, text in report.sections
    ]
    for name in ("cause", "violations"):
        report.__dict__[name] = _escaped(report.__dict__.get(name))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_escaped, value))
    if isinstance(value, dict):
        return {name: _escaped(item) for name, item in value.items()}
    if hasattr(value, "toterminal"):  # a traceback, or a part of one
        vars(value).update({name: _escaped(item) for name, item in vars(value).items()})
    return value


def not_shown(found: str) -> str:
    """What stands in place of a text that contains a secret."""
    return f"not shown because it contains {found}"
