"""The engine's process: how it starts and ends, and what it says when it cannot start."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import conformance
from conformance.servers.engine import train
from conformance.servers.engine.client import completion_request, connect, mismatch
from conformance.servers.engine.paths import MODEL
from conformance.servers.engine.process import Engine, EngineError
from conformance.spec.dialogue import text

REPOSITORY = Path(conformance.__file__).parents[1]

installed = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for ``condition``, not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.01)


def refuses(url: str) -> bool:
    address = httpx.URL(url)
    try:
        socket.create_connection((address.host, address.port or 0), timeout=5).close()
    except ConnectionError:
        return True
    return False


@installed
class TestProcess:
    def test_a_key_is_demanded_when_asked_for(self) -> None:
        with Engine(api_key="right") as engine:
            with connect(engine.url) as client:
                refused = client.post("/v1/chat/completions", json=completion_request(text.GREETING))
            assert (refused.status_code, refused.json()["error"]["type"]) == (401, "authentication_error")
            with connect(engine.url, api_key="right") as client:
                assert mismatch(client, text.GREETING) is None

    def test_the_context_is_as_large_as_asked_for(self) -> None:
        with Engine(context=512) as engine, connect(engine.url) as client:
            assert client.get("/props").json()["default_generation_settings"]["n_ctx"] == 512

    def test_ends_when_stopped(self) -> None:
        with Engine() as engine:
            url = engine.url
            assert not refuses(url)
        assert refuses(url)

    def test_ends_when_its_standard_input_closes(self) -> None:
        command = [sys.executable, "-m", "conformance.servers.engine.server"]
        with subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert not refuses(url)
            process.stdin.close()
            assert process.wait(30) == 0
            assert process.stdout.read() == ""

    def test_ends_when_its_parent_is_killed(self) -> None:
        script = (
            "import threading; from conformance.servers.engine.process import Engine\n"
            "engine = Engine(); engine.start(); print(engine.url, flush=True); threading.Event().wait()"
        )
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            url = parent.stdout.readline().strip()
            assert not refuses(url)
            parent.kill()
        until(lambda: refuses(url))

    def test_a_broken_model_is_named(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.gguf"
        broken.write_bytes(MODEL.read_bytes()[:1000])
        with pytest.raises(EngineError, match=r"did not start: .*conformance\.servers\.engine\.train"):
            Engine(model=broken).start()


class TestErrors:
    def test_a_missing_server_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "xllamacpp", None)
        with pytest.raises(EngineError, match=r"xllamacpp.*pip install .*\[engine\]"):
            Engine().start()

    def test_a_missing_model_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
        with pytest.raises(EngineError, match=r"absent\.gguf is missing.*engine\.train"):
            Engine(model=tmp_path / "absent.gguf").start()

    def test_an_engine_that_does_not_run_has_no_address(self) -> None:
        with pytest.raises(EngineError, match="not running"):
            _ = Engine().url

    def test_training_names_what_it_lacks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(train, "MODEL", tmp_path / "never.gguf")
        monkeypatch.setitem(sys.modules, "jax", None)
        with pytest.raises(SystemExit, match=r"pip install .*train\]"):
            train.main()
