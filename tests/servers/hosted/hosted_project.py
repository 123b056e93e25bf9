"""A scratch project whose hosted targets are loopback servers: real sockets, invented keys, scripted answers.

Tests have no key of a real provider. What the recorder makes of the scripts stays in a temporary folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import Target
from conformance.servers.hosted import HostedServer
from conformance.servers.hosted.declaration import is_secret
from conformance.servers.scripted import Handler, ScriptedServer, reply
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.servers.scripted.google_account import service_account
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script
from tests.support.project import REPOSITORY, Project

HOSTED = [target for target in bound_targets(REPOSITORY / "pyproject.toml") if target.hosted]
"""The hosted targets that this repository declares."""


LARGEST = 300_000
"""Bytes of the largest request that fits into the model's context."""


def value_of(variable: str) -> str:
    """The value of a variable, unlike its name; that of a secret is random, and has no part of another."""
    name = f"real-{variable.lower().replace('_', '')}"
    return f"{name}-{sha256(variable.encode()).hexdigest()[:12]}" if is_secret(variable) else name


@dataclass
class Provider:
    """The server of one hosted target.

    Attributes:
        target: the target, as this repository declares it.
        busy: how often it answers with a rate limit, by a text in the request.
        asked: the bodies of all requests, in order.
    """

    target: Target
    busy: dict[str, int] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    url: str = ""

    @property
    def hosted(self) -> HostedServer:
        assert self.target.hosted is not None
        return self.target.hosted

    def handler(self) -> Handler:
        """Demands the key, answers with rate limits while it is busy, and otherwise answers the dialogue."""
        wire = dialect(self.target.dialect)
        return wire.with_other_paths(self._keyed(dialogue_handler(wire)))

    def _keyed(self, answering: Handler) -> Handler:
        wire = dialect(self.target.dialect)

        def handler(request: Request) -> Script:
            self.asked.append(request.body)
            if len(request.body) > LARGEST:
                failure = wire.error("context_limit")
                return reply(failure.body, failure.status)
            for words, times in self.busy.items():
                if times and words.encode() in request.body:
                    self.busy[words] -= 1
                    failure = wire.error("rate_limit")
                    return reply(failure.body, failure.status, {"retry-after": "0.1"})
            if self.hosted.key:
                name, value = wire.key_header(value_of(self.hosted.key))
                if request.headers.get(name) != value:
                    failure = wire.error("authentication")
                    return reply(failure.body, failure.status)
            return answering(request)

        return handler


class HostedProject(Project):
    """Binds hosted targets to loopback servers, whose addresses are in environment variables."""

    def bind(self, providers: list[Provider]) -> dict[str, str]:
        """Write the declaration; returns the environment variables for the recorder."""
        self.write("conftest.py", 'pytest_plugins = ["conformance.plugin"]')
        lines = ["[tool.pytest.ini_options]", 'addopts = "--strict-markers"']
        environment: dict[str, str] = {}
        for backend in dict.fromkeys(each.target.backend for each in providers):
            own = [each for each in providers if each.target.backend == backend]
            lines += [f"[tool.conformance.backends.{backend}]", f'class = "{own[0].target.factory}"']
            for provider in own:
                lines += self._target(provider)
                environment |= self._environment_of(provider)
        (self.folder / "pyproject.toml").write_text("\n".join(lines) + "\n", "utf-8")
        return environment

    def everything(self) -> dict[str, bytes]:
        """Every file among the recordings, and those that the recorder keeps beside them."""
        paths = (path for path in self.folder.glob("*cassettes*/**/*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}

    def _target(self, provider: Provider) -> Iterator[str]:
        target, hosted = provider.target, provider.hosted
        where = f"[tool.conformance.backends.{target.backend}.targets.{target.name}"
        yield f"{where}]"
        told = {"model": target.model, "dialect": target.dialect, "path": target.path, "source": "script"}
        yield f"context = {target.context}"
        yield from (f"{name} = {json.dumps(value)}" for name, value in told.items())
        yield f'scenarios = "core"\noptions = {_inline(target.options)}'
        yield f"{where}.hosted]"
        path = hosted.url.partition("://")[2].partition("/")[2]
        told = {"url": f"{{{_address(target)}}}/{path}".rstrip("/"), "key": hosted.key, "model": hosted.model}
        yield from (f"{name} = {json.dumps(value)}" for name, value in told.items())
        price = hosted.price or "gpt-4.1-mini"
        yield f'options = {_inline(hosted.options)}\nrequests_per_minute = 60000\nprice = "{price}"'

    def _environment_of(self, provider: Provider) -> dict[str, str]:
        found = {name: value_of(name) for name in provider.hosted.variables}
        if "LM_STUDIO_MODEL" in found:
            found["LM_STUDIO_MODEL"] = provider.target.model  # the only one that its server has
        if "VERTEXAI_CREDENTIALS" in found:
            account = service_account(provider.url, value_of("PRIVATE_KEY_ID"))
            found["VERTEXAI_CREDENTIALS"] = str(self.write("account.json", account))
        return {**found, _address(provider.target): provider.url}


def _address(target: Target) -> str:
    return f"{target.backend}_{target.name}_ADDRESS".upper().replace("-", "_")


def _inline(options: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in options.items()) + " }"


@contextmanager
def providers(*targets: Target) -> Iterator[list[Provider]]:
    """Start a server for each target."""
    with ExitStack() as stack:
        started = [Provider(target) for target in targets]
        for each in started:
            each.url = stack.enter_context(ScriptedServer(each.handler())).url
        yield started
