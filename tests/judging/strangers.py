"""Servers of others, started on this machine and judged: ``nox -s servers`` installs and runs them.

``python -m tests.judging.strangers NAME PROGRAM RESULTS``: llama.cpp's own server, LiteLLM's proxy in front
of it, or aimock with the answers of the dialogue. Nothing but loopback is asked.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from conformance.cli import main as conformance
from conformance.servers.engine.process import Engine
from conformance.spec.dialogue import TRAINING_TURNS, Turn

KEY = "sk-conformance-stranger"
CONTEXT = "2048"
START_SECONDS = 120.0

Started = tuple[str, str, str | None]
"""The base URL of a server, the name of its model, and its key if it wants one."""


@contextmanager
def llama_cpp(_: str) -> Iterator[Started]:
    """llama.cpp's server, without a key."""
    with Engine() as engine:
        yield f"{engine.url}/v1", "tiny", None


@contextmanager
def litellm_proxy(program: str) -> Iterator[Started]:
    """LiteLLM's proxy, as ``litellm --config`` starts it, in front of llama.cpp's server."""
    with Engine(api_key=KEY) as engine, tempfile.TemporaryDirectory() as folder:
        behind = {"model": "openai/tiny", "api_base": f"{engine.url}/v1", "api_key": KEY}
        config = {
            "model_list": [{"model_name": "tiny-by-litellm", "litellm_params": behind}],
            "general_settings": {"master_key": KEY},
        }
        file = Path(folder, "config.yaml")
        file.write_text(json.dumps(config), "utf-8")
        # Without these it fetches a table of prices, reads the nearest .env file and reports its use.
        quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
        command = [program, "--config", str(file), "--host", "127.0.0.1", "--telemetry", "False", "--port"]
        with _process(command, quiet, folder) as url:
            yield f"{url}/v1", "tiny-by-litellm", KEY


@contextmanager
def aimock(program: str) -> Iterator[Started]:
    """CopilotKit's aimock, with the answers of the dialogue as its fixtures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "fixtures.json")
        # The first fixture that fits answers, so those with more to fit come first.
        turns = sorted(TRAINING_TURNS, key=lambda turn: -len(turn.messages))
        file.write_text(json.dumps({"fixtures": [*map(_fixture, turns)]}), "utf-8")
        command = [program, "--strict", "--log-level", "silent", "-f", str(file), "-p"]
        with _process(command, {"AIMOCK_API_KEYS": KEY}, folder) as url:
            yield f"{url}/v1", "aimock", KEY


SERVERS: Mapping[str, Callable[[str], Any]] = {
    "llama.cpp": llama_cpp,
    "litellm": litellm_proxy,
    "aimock": aimock,
}


def _fixture(turn: Turn) -> dict[str, Any]:
    """A fixture of aimock: what of the question it is known by, and the answer."""
    texts = {
        role: [each["content"] for each in turn.messages if each["role"] == role]
        for role in ("user", "system")
    }
    match: dict[str, Any] = {"userMessage": texts["user"][-1]}
    if texts["system"]:
        match["systemMessage"] = texts["system"]
    if turn.messages[-1]["role"] == "tool":
        match |= {"hasToolResult": True, "toolResultContains": turn.messages[-1]["content"]}
    calls = [
        {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}
        for call in turn.answer.calls
    ]
    said = {"content": turn.answer.text} if turn.answer.text else {}
    return {"match": match, "response": {**said, **({"toolCalls": calls} if calls else {})}}


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], folder: str) -> Iterator[str]:
    """Run a server whose command ends with its port, until the block ends; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"PATH": os.environ["PATH"], "HOME": folder, **environment}
    log = Path(folder, "log.txt")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(port)], cwd=folder, env=own, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something is answered; LiteLLM's proxy imports for half a minute before that."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/v1/models", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def main(name: str, program: str, results: str) -> int:
    """Start a server, judge it, and return the exit status of the judgement."""
    with SERVERS[name](program) as (url, model, key):
        os.environ["STRANGER_KEY"] = key or ""
        keyed = ["--key-env", "STRANGER_KEY"] if key else []
        options = ["--model", model, "--context", CONTEXT, "--results", results]
        return conformance(["server", url, *options, *keyed])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
