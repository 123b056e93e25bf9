"""Runs of ``conformance server`` on the scripted servers of these tests."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.cli import main
from conformance.servers.scripted import Handler, ScriptedServer
from tests.judging.right_server import KEY, MODEL

NAME = "RIGHT_SERVER_KEY"
"""The variable that holds the key."""


@dataclass(frozen=True)
class Run:
    """What a run of the command said, and its exit status."""

    status: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What it said, line by line."""
        return self.output.splitlines()


def run(capsys: pytest.CaptureFixture[str], handler: Handler, *arguments: str) -> Run:
    """Judge a scripted server by the command."""
    with ScriptedServer(handler) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv(NAME, KEY)
        status = main(["server", server.url, "--model", MODEL, "--key-env", NAME, *arguments])
    return Run(status, capsys.readouterr().out)
