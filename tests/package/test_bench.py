"""``make bench`` runs: each of its measures, once and on little.

No scenario: it is about a command of this repository.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import async_cost, growth, page, provider_cost, suite_cost
from conformance.report.file import read, write
from tests.report.report_page import needs_chromium
from tests.report.reports import report, result

pytestmark = pytest.mark.parametrize("label", ["litellm@openai"])  # keeps litellm on one worker of xdist


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do both ways of a thing once, and time neither."""

    def done(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
        assert rounds > 0
        assert ours()
        assert theirs()
        return 1.0

    monkeypatch.setattr(provider_cost, "ratio", done)
    monkeypatch.setattr(async_cost, "ratio", done)
    monkeypatch.setattr(async_cost, "AT_ONCE", 3)
    monkeypatch.setattr(async_cost, "TRACED", 3)
    monkeypatch.setattr(suite_cost, "ROUNDS", 1)
    monkeypatch.setattr(suite_cost, "BARE_ROUNDS", 1)
    monkeypatch.setattr(page, "ROUNDS", 1)


def test_what_a_backend_costs_is_measured(label: str) -> None:
    del label
    assert provider_cost.import_ratio() == 1
    assert provider_cost.openai_ratios() == (1, 1)
    assert provider_cost.litellm_ratios() == (1, 1)
    assert provider_cost.second_load_ms() > 0


def test_what_an_asynchronous_backend_costs_is_measured(label: str) -> None:
    del label
    assert async_cost.openai_ratios() == (1, 1)
    assert async_cost.litellm_ratios() == (1, 1)
    for cost in async_cost.at_once():
        assert min(cost) > 0


def test_what_a_scenario_costs_is_measured(label: str) -> None:
    del label
    assert suite_cost.bare_ms() > 0
    assert suite_cost.called_ms() > 0
    seconds, kibibytes = suite_cost.measured(2, suite_cost.SCRIPTED)
    assert seconds > 0
    assert kibibytes > 0


def test_what_one_more_backend_costs_is_measured(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del label
    monkeypatch.setattr(suite_cost, "measured", lambda count, _: (2.0 * count, 3.0 * count))
    ten, hundred = suite_cost.growth(suite_cost.RECORDED)
    assert (ten.backends, hundred.backends) == (10, 100)
    assert ten.milliseconds == hundred.milliseconds == 2000
    assert ten.kibibytes == hundred.kibibytes == 3


def test_what_one_more_recording_costs_is_measured(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del label
    monkeypatch.setattr(growth, "_replaying", {1: 2.0, 3: 4.0, 5: 8.0}.__getitem__)
    assert growth.cassettes(1, 3, 5) == 2
    monkeypatch.undo()
    assert growth._replaying(2) > 0


@needs_chromium
def test_the_opening_of_a_page_of_repeated_results_is_measured(label: str, tmp_path: Path) -> None:
    del label
    source = tmp_path / "results.jsonl"
    write(report(result("one@x", "tools/call"), result("one@x", "stream/cut")), source)
    repeated = tmp_path / "repeated.jsonl"
    growth.repeat(source, 200, repeated)
    assert len({each.title for each in read(repeated)}) == 200
    took = growth.opening_ms(source, 200)
    assert took is not None
    assert took > 0
