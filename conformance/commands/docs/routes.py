"""docs/routes.md: each route of litellm, and whether it is proven."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.commands.docs.known import Known
from conformance.commands.docs.parts import with_part
from conformance.commands.docs.table import table
from conformance.runner.targets.target import Target

HEAD = """\
# The routes of LiteLLM

`make docs` writes this page: it asks litellm {version} what it would send on each route, and by which of \
its handlers, and looks for the target that proves it. What nobody can compute is in \
`conformance/commands/docs/routes.toml`.

{summary}

*All* and *core* targets are asked the scenarios of a whole backend. *Routes* are asked the few that \
[scenarios.md](scenarios.md) marks for routes: a text, a stream, a tool call and its result, a wrong key, an \
overflow, a cut stream, a silent server, the key in its header and nowhere else, nothing open \
after unload. A script answers them: no provider has been asked.

| handler | litellm sends |
|---|---|
| OpenAI SDK | through a client of the OpenAI SDK, which it accepts as `client` |
| base handler | through `BaseLLMHTTPHandler`, which accepts an `HTTPHandler` as `client` |
| a file | through code of this route, which accepts a `client` or not |

`LiteLLM` gives each of them the same client, and sees every exchange in its transport.

"""

WIRES = {
    "/chat/completions": "chat completions",
    "/completions": "text completions",
    "/messages": "Anthropic messages",
    "/complete": "Anthropic text completions",
    ":generateContent": "Gemini",
    "/converse": "Bedrock Converse",
    "/v2/chat": "Cohere chat, version 2",
    "/api/chat": "Ollama chat",
    "/api/generate": "Ollama generate",
    "/responses": "OpenAI responses",
}
"""The wires that are known by the end of the path of a request."""

SDK = "llms/openai/openai.py"
BASE = "llms/custom_httpx/llm_http_handler.py"

ORDER = ("all", "core", "routes")
"""What a target may be asked, the most first."""

_OF_THE_SDK = ("OPENAI_ADMIN_KEY", "OPENAI_API_KEY")
"""Variables that the OpenAI SDK reads for every provider, or litellm where the provider's own is not set."""


@dataclass(frozen=True)
class Row:
    """One route.

    Attributes:
        name: its name, the beginning of a model string.
        asked: what litellm did when it was asked (``asking.py``); None where it was not.
        known: what nobody can compute.
        targets: the targets of this route, those with the most scenarios first.
    """

    name: str
    asked: Mapping[str, Any] | None
    known: Known
    targets: Sequence[Target]

    @property
    def is_chat(self) -> bool:
        """Whether it answers questions."""
        return not self.known.no_chat

    @property
    def proven(self) -> str:
        """What its targets are asked: ``all``, ``core`` or ``routes``; empty where there is no target."""
        return self.targets[0].scenarios if self.targets else ""

    @property
    def wire(self) -> str:
        """The wire that it speaks."""
        path = str((self.asked or {}).get("path", ""))
        known = next((wire for end, wire in WIRES.items() if path.rstrip("/").endswith(end)), "")
        return known or (f"its own, `{path}`" if path else "its own")

    @property
    def handler(self) -> str:
        """The kind of handler by which litellm sends."""
        found: Mapping[str, Any] = (self.asked or {}).get("handler", {})
        if not found:
            return ""
        if found["file"] in (SDK, BASE):
            return "OpenAI SDK" if found["file"] == SDK else "base handler"
        kind = ", with the OpenAI SDK" if found["sdk"] else "" if found["takes_client"] else ", no `client`"
        return f"`{found['file']}`{kind}"

    @property
    def needs(self) -> str:
        """The variables of its key, of which litellm reads the first that is set, and what else it needs."""
        keys: Sequence[str] = (self.asked or {}).get("keys", ())
        own = [key for key in keys if key not in _OF_THE_SDK] or [
            key for key in keys if key == _OF_THE_SDK[1]
        ]
        return "; ".join(filter(None, [" or ".join(f"`{key}`" for key in own), self.known.needs]))

    @property
    def cells(self) -> list[str]:
        """Its row of the table."""
        if not self.is_chat:
            return [self.name, f"no chat route: {self.known.no_chat}", "", "", ""]
        proven = ", ".join(_shown(target) for target in self.targets)
        no = f"no: {self.known.note}" if self.known.note else "no"
        return [self.name, self.wire, self.handler, proven or no, self.needs]


def _shown(target: Target) -> str:
    gaps = f", known gaps: {len(target.gaps)}" if target.gaps else ""
    return f"`{target.label}` ({target.scenarios}{gaps})"


def asked_routes() -> dict[str, Any]:
    """What litellm does on each of its routes, asked in a process of its own; see ``asking.py``."""
    command = [sys.executable, "-m", "conformance.commands.docs.asking"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows(
    asked: Mapping[str, Any], known: Mapping[str, Known], targets: Sequence[Target], backend: str = "litellm"
) -> list[Row]:
    """A row for each route, in the order of their names.

    Args:
        asked: what litellm does on each route.
        known: what nobody can compute, by route.
        targets: the declared targets.
        backend: the one whose targets count.
    """
    by_route: dict[str, list[Target]] = {}
    for target in targets:
        if target.backend == backend:
            by_route.setdefault(target.model.partition("/")[0], []).append(target)
    for found in by_route.values():
        found.sort(key=lambda target: ORDER.index(target.scenarios))
    return [
        Row(name, asked[name], known.get(name, Known()), by_route.get(name, [])) for name in sorted(asked)
    ]


def summary(routes: Sequence[Row]) -> str:
    """How many routes there are, and how many of them are proven by what."""
    chat = [row for row in routes if row.is_chat]
    whole = sum(row.proven in ("all", "core") for row in chat)
    by_group = sum(row.proven == "routes" for row in chat)
    return (
        f"litellm has {len(routes)} routes, of which {len(chat)} are chat routes. **{whole + by_group} of "
        f"{len(chat)} are proven**: {whole} by the core scenarios or all, {by_group} by those of routes; "
        f"{len(chat) - whole - by_group} are not. {len(routes) - len(chat)} are no chat routes."
    )


def page(routes: Sequence[Row], version: str) -> str:
    """The whole page as Markdown."""
    head = HEAD.format(version=version, summary=summary(routes))
    columns = ("route", "wire", "handler", "proven by", "needs")
    return head + table(columns, [row.cells for row in routes])


def with_summary(readme: str, routes: Sequence[Row]) -> str:
    """The README with the present summary between its two marks."""
    text = f"{summary(routes)} [docs/routes.md](docs/routes.md) has a row for each.\n"
    return with_part(readme, "routes", text)
