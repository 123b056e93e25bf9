"""The laws that a server is judged by as a page, docs/server-laws.md."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from conformance.commands.docs.table import table
from conformance.judging.law import Law
from conformance.judging.laws.by_api import LAWS

HEAD = """\
# The laws of a server

`make docs` writes this page from `conformance/judging/laws/`; do not edit it. `conformance server` judges by
these laws: [judging-a-server.md](judging-a-server.md).

A law with a capability counts only where the capability is declared. What the *model* may miss is judged by
its rate over several trials; a single miss breaks any other law.
"""

APIS = {
    "chat": "OpenAI's chat completions",
    "messages": "Anthropic's messages",
    "responses": "OpenAI's responses",
}


def page() -> str:
    """The whole page as Markdown."""
    sections = [f"## {name}\n\n{_laws(LAWS[api])}" for api, name in APIS.items()]
    return "\n".join([HEAD, *sections])


def _laws(laws: Sequence[Law]) -> str:
    """A row for each law; its cases are one."""
    rows = []
    for (check, _), group in groupby(laws, key=lambda law: (law.check, law.capability)):
        cases = list(group)
        first = cases[0]
        missed = "the model" if first.sampled else ""
        named = f"`{first.group}/{check.__name__}`"
        rows.append((named, first.words, str(len(cases)), first.capability or "", missed))
    total = f"{len(rows)} laws make {len(laws)} cases.\n\n"
    return total + table(("law", "demands", "cases", "capability", "may miss"), rows)
