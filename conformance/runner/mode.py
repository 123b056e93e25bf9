"""How a run gets the answers of a real server: decided once, before anything is collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import pytest

from conformance.recording.secrets.credentials import Credentials
from conformance.servers.hosted import HostedServers


class RunMode(StrEnum):
    """How a run gets the answers of a real server; scripts are the same in every mode."""

    REPLAY = "replay"
    """From recordings."""

    RECORD = "record"
    """From the embedded engine and hosted servers, and records them."""

    REHEARSE = "rehearse"
    """From the loopback server in place of hosted ones, to count what recording would cost."""

    LIVE = "live"
    """From a server that the command line names, and records nothing."""


@dataclass(frozen=True)
class AnswerSource:
    """Where a run gets the answers of a real server.

    Attributes:
        mode: how it gets them.
        server: the server that is asked live: its URL, or ``engine`` for the embedded one.
        key: the real key of that server; None where it has none.
        secrets: what is shown nowhere, beside what the backend sends; None where no real server is asked.
        hosts: the hosted servers that the recorder may ask; None where nothing is recorded.
    """

    mode: RunMode = RunMode.REPLAY
    server: str = ""
    key: str | None = field(default=None, repr=False)
    secrets: Credentials | None = field(default=None, repr=False)
    hosts: HostedServers | None = None

    @property
    def is_recorder(self) -> bool:
        """Whether the recorder runs, which chooses the scenarios itself."""
        return self.hosts is not None


ANSWERS = pytest.StashKey[AnswerSource]()
"""In the stash of a run: where its answers come from."""


class RecorderMode:
    """The plugin by which the recorder says that a run records, or rehearses a recording."""

    def __init__(self, hosts: HostedServers) -> None:
        mode = RunMode.REHEARSE if hosts.rehearsal else RunMode.RECORD
        self._source = AnswerSource(mode, hosts=hosts)

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Set the mode before the options of the run would."""
        early_config.stash[ANSWERS] = self._source
