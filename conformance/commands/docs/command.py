"""``conformance docs``: writes the generated pages, and the generated lines of the README."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path

from conformance.commands.command import UNUSABLE, Subcommands, add_command, say
from conformance.commands.docs import counts, routes, scenarios
from conformance.commands.docs.examples import with_counts_of, with_libraries
from conformance.commands.docs.known import known_routes
from conformance.report.file import ResultsError, read
from conformance.report.libraries import libraries
from conformance.runner.collection.bugs import known_bugs
from conformance.runner.targets.selection import project_targets


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance docs``."""
    words = "write the generated pages of docs/, and the numbers of README.md"
    docs = add_command(commands, "docs", _write, words)
    words = "write instead what the run of the examples, whose results these are, found about their libraries"
    docs.add_argument("--examples", metavar="FILE", type=Path, help=words)


def _write(options: argparse.Namespace) -> int:
    """Write the pages; a test fails where one is out of date."""
    return _write_pages() if options.examples is None else _write_libraries(options.examples)


def _write_libraries(results: Path) -> int:
    try:
        report = read(results)
    except ResultsError as error:
        say(str(error))
        return UNUSABLE
    found, day = libraries(report), date.fromisoformat(str(report.header["started"])[:10])
    readme, findings = Path("README.md"), Path("docs/findings.md")
    told = with_counts_of(findings.read_text("utf-8"), found, day)
    readme.write_text(with_libraries(readme.read_text("utf-8"), told, found, day), "utf-8")
    findings.write_text(told, "utf-8")
    say(f"{readme}\n{findings}")
    return 0


def _write_pages() -> int:
    # Imported here: one imports the laws, whose assertions pytest rewrites for the other commands, the other
    # one the openai SDK.
    from conformance.commands.docs import server_laws
    from conformance.runner.collection.catalogue import entries

    root = Path()
    found = routes.rows(routes.asked_routes(), known_routes(), project_targets(root))
    bugs, today = known_bugs(), datetime.now(UTC).date()
    readme = (root / "README.md").read_text("utf-8")
    readme = counts.with_counts(readme, counts.collected(), len(bugs), today)
    for file, text in {
        "docs/scenarios.md": scenarios.page(entries(), bugs),
        "docs/server-laws.md": server_laws.page(),
        "docs/routes.md": routes.page(found, metadata.version("litellm")),
        "README.md": routes.with_summary(readme, found),
    }.items():
        (root / file).write_text(text, "utf-8")
        say(file)
    return 0
