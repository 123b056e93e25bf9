"""A run over machines (``--tx``) reaches the gateways that its command line names, and nothing else.

Unit tests, of addresses that nobody may connect to and of a thread. That the results are those of one process
is in test_complete.py.
"""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.recording import network_guard
from conformance.recording.network_guard import guarded
from conformance.runner.gateways import reachable
from tests.support.project import Project

GATEWAYS = ["2*socket=192.0.2.1:8888//chdir=/srv/checkout", "ssh=192.0.2.2//python=python3", "popen"]


def config(**given: Any) -> Any:
    return SimpleNamespace(getoption=lambda name, default: GATEWAYS if name == "tx" else default, **given)


def test_a_controller_reaches_its_gateways_and_no_other_address() -> None:
    reaches = reachable(config())
    assert reaches("192.0.2.1", 8888)
    assert reaches("127.0.0.1", 80)
    assert not reaches("192.0.2.1", 80)
    assert not reaches("192.0.2.2", 8888)


def test_a_worker_keeps_its_connection_to_the_controller_and_reaches_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network_guard, "_left_open", [])
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        try:
            with guarded(lambda *_: True):
                sock.connect(("192.0.2.1", 8888))  # a datagram's connection sends nothing
        except OSError as error:
            pytest.skip(f"this machine has no route to another: {error}")
        channel = SimpleNamespace(gateway=SimpleNamespace(_io=SimpleNamespace(sock=sock)))
        plugins = SimpleNamespace(get_plugins=lambda: [object(), SimpleNamespace(channel=channel)])

        reaches = reachable(config(workerinput={}, pluginmanager=plugins))

        assert not reaches("192.0.2.1", 8888)
        with guarded(sealed=True) as refusals:
            pass
    assert refusals == []


IN_A_THREAD = """
import pathlib, threading
from conformance.runner.watchdog import Watchdog

def begin():
    Watchdog(pathlib.Path(), "gw0", 30.0).pytest_sessionstart()
    begun.append(True)

begun = []
thread = threading.Thread(target=begin)
thread.start()
thread.join()
raise SystemExit(not begun)
"""


def test_a_worker_may_run_in_another_thread_than_the_main_one(tmp_path: Path) -> None:
    """execnet starts one behind a socket in whichever is free."""
    run = Project(tmp_path).run("-c", IN_A_THREAD)
    assert run.status == 0, run.output
