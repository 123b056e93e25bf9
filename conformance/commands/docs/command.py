"""``conformance docs``: writes the generated pages, and the generated lines of the README."""

from __future__ import annotations

import argparse
from importlib import metadata
from pathlib import Path

from conformance.commands.command import Subcommands, add_command, say
from conformance.commands.docs import routes, scenarios
from conformance.commands.docs.known import known_routes
from conformance.runner.collection.bugs import known_bugs
from conformance.runner.targets.selection import project_targets


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance docs``."""
    words = "write the generated pages of docs/, and how many routes are proven in README.md"
    add_command(commands, "docs", _write, words)


def _write(_: argparse.Namespace) -> int:
    """Write the pages; a test fails where one is out of date."""
    # Imported here: one imports the laws, whose assertions pytest rewrites for the other commands, the other
    # one the openai SDK.
    from conformance.commands.docs import server_laws
    from conformance.runner.collection.catalogue import entries

    root = Path()
    found = routes.rows(routes.asked_routes(), known_routes(), project_targets(root))
    readme = (root / "README.md").read_text("utf-8")
    for file, text in {
        "docs/scenarios.md": scenarios.page(entries(), known_bugs()),
        "docs/server-laws.md": server_laws.page(),
        "docs/routes.md": routes.page(found, metadata.version("litellm")),
        "README.md": routes.with_summary(readme, found),
    }.items():
        (root / file).write_text(text, "utf-8")
        say(file)
    return 0
