"""The engine: a context manager around the server's process."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from conformance.servers.engine.paths import MODEL

START_SECONDS = 60.0
STOP_SECONDS = 10.0

TRAIN = "python -m conformance.servers.engine.train"
"""The command that writes the model again."""

INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
"""The variables that the server inherits: no proxies, no keys, no settings of llama.cpp."""


class EngineError(Exception):
    """The engine cannot run here; the message says why, and what to do."""


class Engine:
    """The embedded live target: ``with Engine() as engine: … engine.url``."""

    def __init__(self, *, api_key: str | None = None, context: int = 2048, model: Path = MODEL) -> None:
        self._options = [f"--context={context}", f"--model={model.name}"]
        if api_key:
            self._options.append(f"--api-key={api_key}")
        self._model = model
        self._process: subprocess.Popen[str] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """The server's address, without ``/v1``."""
        if not self._url:
            raise EngineError("the engine is not running: call start(), or use it in a with statement")
        return self._url

    def start(self) -> None:
        """Start the server and wait until it answers."""
        check(self._model)
        with tempfile.TemporaryFile() as errors:
            self._process = spawn(self._options, self._model.parent, errors)
            line = first_line(self._process, START_SECONDS)
            if not line.startswith("http"):
                self.stop()
                errors.seek(0)
                raise EngineError(failure(errors.read().decode(errors="replace")))
        self._url = line

    def stop(self) -> None:
        """Close the server's standard input, which ends it, and wait until it is gone."""
        process, self._process, self._url = self._process, None, ""
        if process is None:
            return
        # Popen's own exit closes both pipes and then waits; the wait here has an end.
        with process:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def check(model: Path) -> None:
    """Raise an :class:`EngineError` if the server cannot be started at all."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise EngineError(
            "the embedded engine needs xllamacpp, which is not installed: "
            "pip install 'llm-backend-conformance[engine]'"
        )
    if not model.is_file():
        raise EngineError(f"the engine's model {model} is missing: train it again with {TRAIN}")


def spawn(options: list[str], folder: Path, errors: IO[bytes]) -> subprocess.Popen[str]:
    """The server's process, in an environment of its own and in the model's folder.

    ``/props`` shows the path of the model as it was given: a bare name reveals nothing about this machine.
    """
    package = Path(__file__).parents[3]
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # -P: a folder named conformance where the user stands is not the suite.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "conformance.servers.engine.server", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(package), "PYTHONUTF8": "1"},
    )


def first_line(process: subprocess.Popen[str], seconds: float) -> str:
    """The first line that ``process`` prints, empty when it ends or ``seconds`` pass before that."""
    lines: list[str] = []

    def read() -> None:
        if process.stdout:
            lines.append(process.stdout.readline().strip())

    # A thread, because a pipe cannot be read with a deadline on every system.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(seconds)
    return lines[0] if lines else ""


def failure(errors: str) -> str:
    """The message that the server did not start, with the last line of its standard error."""
    last = errors.strip().splitlines()[-1:] or [f"it did not answer within {START_SECONDS:g} s"]
    return (
        f"the embedded engine did not start: {last[0]}; if the model is broken, train it again with {TRAIN}"
    )
