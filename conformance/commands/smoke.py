"""The first steps with a backend: import, build, load, invoke, stream, unload. Stops at the first failure.

Run as ``python -m conformance.commands.smoke``, a process that the backend may change as it likes.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from conformance.printable import printable, without_password
from conformance.recording.playback.capture import captured
from conformance.recording.secrets.credentials import Credentials
from conformance.runner.environment import own_environment
from conformance.runner.redaction import live_secrets
from conformance.runner.targets.live import KEY
from conformance.runner.targets.selection import NamedBackend
from conformance.runner.targets.target import BindingError, Target
from conformance.servers.engine.process import Engine
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.spec.dialogue import text
from conformance.spec.forms import FormError

_SUITE = Path(__file__).parents[1]

TIMEOUT = 60.0
"""Seconds that the backend may wait: the server may have to load a model first."""

Say = Callable[[str], None]


class _StepError(Exception):
    """A step returned something wrong."""


_SAID = (_StepError, BindingError, FormError)
"""Errors whose message says everything."""


@dataclass(frozen=True)
class _Step:
    """One step: what it does, and what helps where it fails."""

    name: str
    remedy: str
    do: Callable[[], str]


def smoke(named: NamedBackend, key: str | None, say: Say) -> int:
    """Take the first steps with a backend and show each; return 1 where one fails.

    Args:
        named: the backend.
        key: the key of its server; None for the engine's.
        say: shows a line to the user.

    Raises:
        BindingError: the backend cannot be bound.
    """
    target = named.target()
    with _server(named, target) as url:
        steps = _steps(target, url, key or KEY)
        for step in steps:
            try:
                say(f"{step.name:<7} {step.do()}")
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a backend may raise anything
                say(f"{step.name:<7} failed: {_message(error)}")
                say(f"        {_where(error, target)}")
                say(f"        {step.remedy}")
                say("stopped: the suite runs only after all six steps have succeeded")
                with suppress(Exception):
                    steps[-1].do()  # unload: a failed check must not leave a model loaded in the server
                return 1
    return 0


@contextmanager
def _server(named: NamedBackend, target: Target) -> Iterator[str]:
    wire = dialect(target.dialect)
    if named.server is not None:
        yield named.server
    elif named.is_live:
        with Engine(api_key=KEY) as engine:
            yield engine.url
    else:
        with ScriptedServer(wire.with_other_paths(dialogue_handler(wire))) as server:
            yield server.url


def _steps(target: Target, url: str, key: str) -> list[_Step]:
    llm: Any = None
    address = without_password(f"{url}{target.path}")

    def build() -> str:
        nonlocal llm
        llm = target.build(url, key, timeout=TIMEOUT, max_retries=0)
        name = target.factory.rpartition(":")[2]
        return f"{name}({target.model!r}, base_url={address!r}, …)"

    def load() -> str:
        if (loaded := llm.load()) is not True:
            raise _StepError(f"load() returned {loaded!r}, not True; its reason should be in the log")
        return "True"

    def invoke() -> str:
        return repr(_content(llm.invoke(text.GREETING.messages)))

    def stream() -> str:
        stream = llm.stream(text.GREETING.messages)
        deltas = list(stream)
        content = _content(stream.response)
        if (joined := "".join(deltas)) != content:
            raise _StepError(f"the deltas are {joined!r}, the response says {content!r}")
        return f"{joined!r} in {len(deltas)} deltas"

    def unload() -> str:
        llm.unload()
        return "done"

    hint = f"check that {address} is the right base_url and {target.model!r} a model of this server;"
    return [
        _Step("import", "its module must be in this folder, or installed",
              lambda: str(target.imported().__qualname__)),
        _Step("build", "it is given what it accepts of model, key, address, timeout and retries", build),
        _Step("load", "load() must return True, or log why not and return False", load),
        _Step("invoke", f"{hint} invoke(messages) must return a text, or have it as `content`", invoke),
        _Step("stream", "stream(messages) must yield texts", stream),
        _Step("unload", "unload() must close what the backend has opened", unload),
    ]  # fmt: skip


def _content(response: Any) -> Any:
    if response.is_error:
        raise _StepError(f"an error came instead of an answer: {response.error}")
    if not response.content:
        raise _StepError("the content of the answer is empty")
    return response.content


def _message(error: BaseException) -> str:
    return str(error) if isinstance(error, _SAID) else f"{type(error).__name__}: {error}"


def _where(error: BaseException, target: Target) -> str:
    """The line that raised ``error``, or the class that returned a wrong value."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not Path(frame.filename).is_relative_to(_SUITE)]
    if isinstance(error, _SAID) or not own:
        return f"in {target.factory}"
    return f"in {own[-1].filename}:{own[-1].lineno}: {own[-1].line}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the steps with the backend that the arguments name."""
    parser = argparse.ArgumentParser(prog="conformance.commands.smoke")
    parser.add_argument("factory")
    parser.add_argument("--url")
    parser.add_argument("--model")
    parser.add_argument("--dialect", default="openai")
    parser.add_argument("--path")
    parser.add_argument("--key-env")
    options = parser.parse_args(arguments)
    named = NamedBackend(
        options.factory, options.url, options.model, options.dialect, options.key_env, options.path
    )
    key = named.key(os.environ)
    secrets = None if options.url is None else live_secrets(options.url, key, os.environ)
    say = _redacting(secrets)
    logging.basicConfig(level=logging.WARNING, handlers=[_LogLines(say)])
    logging.captureWarnings(capture=True)
    with own_environment(), captured(secrets.see) if secrets is not None else nullcontext():
        return smoke(named, key, say)


class _LogLines(logging.Handler):
    """Shows log records among the steps: a backend logs why it does not load."""

    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._say(f"        {self.format(record)}")


def _redacting(secrets: Credentials | None) -> Say:
    """Print lines, but none that contains a secret in plain text or in another encoding."""

    def say(line: str) -> None:
        found = secrets is not None and secrets.find(line)
        print(f"not shown: it contains {found}" if found else printable(line), flush=True)  # noqa: T201

    return say


if __name__ == "__main__":
    sys.exit(main())
