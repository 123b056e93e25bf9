"""Keeps the secrets of a run in front of a real server out of everything that the run shows or writes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

import pytest

from conformance.recording.secrets.credentials import Credentials
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


def without_password(url: str) -> str:
    """``url``, or a text that contains it, as it may be shown: without a user and a password."""
    return re.sub(r"(://)[^/\s]*@", r"\1***@", url)


class Redaction:
    """A pytest plugin that replaces what contains a secret: reports, collection errors and warnings."""

    def __init__(self, secrets: Credentials) -> None:
        self._secrets = secrets

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Replace a warning, also that of an exception in a thread."""
        if found := self._secrets.find(str(warning_message.message)):
            warning_message.message = UserWarning(not_shown(found))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Replace why a file cannot be collected."""
        if found := self._secrets.find(str(report.longrepr or "")):
            report.longrepr = not_shown(found)


def not_shown(found: str) -> str:
    """What stands in place of a text that contains a secret."""
    return f"not shown because it contains {found}"
