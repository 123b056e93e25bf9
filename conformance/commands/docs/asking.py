"""Asks litellm, route by route, what it would send and by which of its handlers; prints JSON.

A program of its own: it takes the place of ``httpx.Client.send`` and of ``os.environ`` in its whole process.
Nothing is sent; only Google's tokens come from a loopback server.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

import httpx

from conformance.commands.docs.known import Known, known_routes
from conformance.recording.network_guard import guarded, loopback
from conformance.runner.targets.selection import project_targets
from conformance.runner.targets.target import Target
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.google_account import granted

KEY = "sk-of-nobody"

_SECRET = re.compile(r"(KEY|TOKEN|JWT|_PAT|CREDENTIALS)$")
"""The ends of the names of variables that hold a key."""

_HANDLERS = "litellm/llms/"
_SENDS = f"{_HANDLERS}custom_httpx/http_handler.py"


class _SentError(BaseException):
    """A request was about to be sent; no handler of litellm's catches it."""


class _Environment(UserDict[str, str]):
    """An environment that notes which variables are read."""

    def __init__(self, values: Any) -> None:
        self.read: set[str] = set()
        super().__init__(values)

    def __getitem__(self, name: str) -> str:
        self.read.add(str(name))
        return super().__getitem__(name)


class _Notes:
    """What one call was about to send.

    Args:
        url: the server that is asked.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.path = ""
        self.elsewhere = ""
        self.handler: dict[str, Any] = {}

    def send(self, request: httpx.Request) -> httpx.Response:
        """In place of ``httpx.Client.send``; a request to another host is answered as without a network."""
        is_here = str(request.url).startswith(self._url)
        if is_here or request.method != "GET":
            self.handler = _handler(list(_frames(sys._getframe(1))))
        if is_here:
            self.path = request.url.path
            raise _SentError
        if request.method != "GET":
            self.elsewhere = request.url.host
        raise httpx.ConnectError("nothing is sent", request=request)


def _frames(frame: FrameType | None) -> Iterator[tuple[str, FrameType]]:
    """The frames of litellm and of the OpenAI SDK with their files, from inside."""
    while frame is not None:
        file = frame.f_code.co_filename.replace("\\", "/").rpartition("/site-packages/")[2]
        if file.startswith(("litellm/", "openai/")):
            yield file, frame
        frame = frame.f_back


def _handler(frames: list[tuple[str, FrameType]]) -> dict[str, Any]:
    """The handler to which litellm dispatched the call: its file, and what it sends with."""
    inside = [(file, frame.f_code) for file, frame in frames if file.startswith(_HANDLERS) and file != _SENDS]
    taking = [file for file, code in inside if "client" in code.co_varnames[: _arguments(code)]]
    file = (taking or [file for file, _ in inside] or ["litellm/main.py"])[-1]
    return {
        "file": file.removeprefix("litellm/"),
        "takes_client": bool(taking),
        "sdk": any(file.startswith("openai/") for file, _ in frames),
    }


def _arguments(code: CodeType) -> int:
    return code.co_argcount + code.co_kwonlyargcount


def asked(url: str, name: str, target: Target | None, known: Known) -> dict[str, Any]:
    """What litellm does on one route: ``path``, ``elsewhere``, ``handler``, ``keys`` and ``error``.

    Args:
        url: the server that is asked.
        name: the route.
        target: a target of this route, which says how it is asked; None where none is declared.
        known: what is known of a route without one.
    """
    import litellm

    if target is None:
        target = Target("litellm", name, "", known.model or f"{name}/m", "", known.path, known.options)
    options = target.filled_options(url, KEY)
    notes, error, keys = _Notes(url), "", set[str]()
    for api_key in (None, KEY):  # without one, litellm looks for it in the environment
        environment, notes, error = _Environment(os.environ), _Notes(url), ""
        with (
            patch.object(os, "environ", environment),
            patch.object(httpx.Client, "send", lambda _, request, notes=notes, **__: notes.send(request)),
        ):
            try:
                litellm.completion(
                    target.model,
                    [{"role": "user", "content": "Hello"}],
                    api_key=api_key,
                    api_base=url + target.path,
                    num_retries=0,
                    drop_params=True,
                    **options,
                )
            except _SentError:
                pass
            except Exception as raised:  # noqa: BLE001 - of many types, and an answer too
                error = f"{type(raised).__name__}: {raised}"
        keys |= set(filter(_SECRET.search, environment.read))
    return {
        "path": notes.path,
        "elsewhere": notes.elsewhere,
        "handler": notes.handler,
        "keys": sorted(keys),
        "error": error,
    }


def main() -> None:
    """Print what litellm does on each of its routes, as ``{route: …}``."""
    known = known_routes()
    targets = {target.model.partition("/")[0]: target for target in reversed(project_targets(Path.cwd()))}
    logging.disable(logging.CRITICAL)
    for name in filter(_SECRET.search, list(os.environ)):
        del os.environ[name]
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION")
    os.environ.update(LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS="True")
    with guarded(loopback), ScriptedServer(granted) as server:
        import litellm

        litellm.suppress_debug_info = True
        found: dict[str, Any] = {}
        for name in sorted({provider.value for provider in litellm.provider_list}):
            route = known.get(name, Known())
            found[name] = None if route.login else asked(server.url, name, targets.get(name), route)
    print(json.dumps(found), flush=True)  # noqa: T201 - its answer
    os._exit(0)  # without waiting for litellm's threads


if __name__ == "__main__":
    main()
