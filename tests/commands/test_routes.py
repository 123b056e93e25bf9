"""docs/routes.md and the README say of each route of litellm what is true now.

No scenarios: they read what is declared. litellm is asked once, in a process of its own.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.docs.known import Known, known_routes
from conformance.commands.docs.routes import Row, asked_routes, page, rows, summary, with_summary
from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import Target

REPOSITORY = Path(__file__).parents[2]
TARGETS = bound_targets(REPOSITORY / "pyproject.toml")
PAGE = (REPOSITORY / "docs" / "routes.md").read_text("utf-8")
README = (REPOSITORY / "README.md").read_text("utf-8")
UNKNOWN = "Unmapped LLM provider"
"""What litellm says of a route that is no chat route."""

NOT_ASKED = {"aiohttp_openai", "amazon_nova", "datarobot", "maritalk"}
"""The routes that speak chat completions and have no target; the page gives the reason of each."""


@pytest.fixture(scope="module")
def asked() -> dict[str, Any]:
    return asked_routes()


@pytest.fixture(scope="module")
def found(asked: dict[str, Any]) -> list[Row]:
    return rows(asked, known_routes(), TARGETS)


def shown() -> dict[str, list[str]]:
    """The cells of the page, by route."""
    lines = PAGE.partition("| route |")[2].splitlines()[2:]
    return {cells[0]: cells for line in lines if (cells := line.strip("| ").split(" | "))}


def test_the_page_is_what_litellm_and_the_targets_say(found: list[Row]) -> None:
    """Otherwise: make docs."""
    assert page(found, metadata.version("litellm")) == PAGE


def test_the_readme_counts_what_the_page_counts(found: list[Row]) -> None:
    """Otherwise: make docs."""
    assert summary(found) in README
    assert with_summary(README, found) == README
    assert with_summary(README, found[:-1]) != README


def test_every_route_of_litellm_has_a_row(asked: dict[str, Any]) -> None:
    assert sorted(shown()) == sorted(asked)
    assert len(asked) > 180


def test_what_is_said_to_be_proven_is_asked_by_a_declared_target() -> None:
    by_label = {target.label: target for target in TARGETS}
    named = {name: re.findall(r"`(\w+@[^`]+)` \((\w+)", " | ".join(cells)) for name, cells in shown().items()}
    for name, targets in named.items():
        for label, scenarios in targets:
            assert by_label[label].scenarios == scenarios
            assert by_label[label].model.startswith(f"{name}/")
    of_litellm = [target for target in TARGETS if target.backend == "litellm"]
    assert sum(map(len, named.values())) == len(of_litellm)


def test_a_route_whose_target_goes_is_not_proven(asked: dict[str, Any]) -> None:
    others = [target for target in TARGETS if target.name != "moonshot"]

    [row] = [row for row in rows(asked, known_routes(), others) if row.name == "moonshot"]

    assert (row.proven, row.cells[3]) == ("", "no")


def test_every_route_that_speaks_chat_completions_has_a_target(found: list[Row]) -> None:
    """Otherwise: add it to the routes of pyproject.toml, or to those that cannot be asked, with a reason."""
    chat = [row for row in found if row.wire == "chat completions"]
    missing = {row.name: row.known.note for row in chat if not row.proven}

    assert {*missing} == NOT_ASKED
    assert all(missing.values())


def test_what_litellm_does_not_chat_with_has_a_reason(asked: dict[str, Any]) -> None:
    """Otherwise: add what the route does to conformance/commands/docs/routes.toml."""
    known = known_routes()
    refused = {name for name, found in asked.items() if found is not None and UNKNOWN in found["error"]}

    assert [name for name in refused if not known[name].no_chat] == []
    assert {*known} <= {*asked}


def test_a_row_says_what_was_seen() -> None:
    handler = {"file": "llms/x/handler.py", "takes_client": False, "sdk": False}
    seen = {"path": "/v1/ask", "handler": handler, "keys": ["OPENAI_ADMIN_KEY", "X_KEY"]}
    target = Target(
        "mine", "x", "", "x/tiny", "openai", scenarios="core", gaps={"invoke/text": "https://bug"}
    )

    row = Row("x", seen, Known(needs="a region"), [target])

    assert row.cells == [
        "x",
        "its own, `/v1/ask`",
        "`llms/x/handler.py`, no `client`",
        "`mine@x` (core, known gaps: 1)",
        "`X_KEY`; a region",
    ]
