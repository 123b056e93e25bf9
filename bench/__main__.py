"""Prints the table of ratios: ``make bench``."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import async_cost, decoding_cost, growth, provider_cost, suite_cost


def main() -> None:
    """Measure everything once and show it beside its limit."""
    console = Console(width=100)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("openai", "litellm", "httpx"))
    console.print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}")
    table = Table("measure", "measured", "at most")
    for name, measured, limit in _rows():
        console.print(f"{name}: {measured}")
        table.add_row(name, measured, limit)
    console.print(table)


def _rows() -> Iterator[tuple[str, str, str]]:
    yield ("import provider / a bare interpreter", _times(provider_cost.import_ratio()), "1.30 x")
    invoke, stream = provider_cost.openai_ratios()
    yield ("OpenAILLM.invoke / openai SDK", _times(invoke), "1.10 x")
    yield ("OpenAILLM.stream of 500 chunks / openai SDK", _times(stream), "1.15 x")
    invoke, stream = provider_cost.litellm_ratios()
    yield ("LiteLLM.invoke / litellm.completion", _times(invoke), "1.05 x")
    yield ("LiteLLM.stream of 500 chunks / litellm.completion", _times(stream), "1.05 x")
    invoke, stream = async_cost.openai_ratios()
    yield ("AsyncOpenAILLM.invoke / openai SDK", _times(invoke), "1.10 x")
    yield ("AsyncOpenAILLM.stream of 500 chunks / openai SDK", _times(stream), "1.15 x")
    invoke, stream = async_cost.litellm_ratios()
    yield ("AsyncLiteLLM.invoke / litellm.acompletion", _times(invoke), "1.05 x")
    yield ("AsyncLiteLLM.stream of 500 chunks / litellm.acompletion", _times(stream), "1.05 x")
    ours, theirs = async_cost.at_once()
    name = f"{async_cost.AT_ONCE} streams at once / openai SDK"
    yield (name, f"{_times(ours.total / theirs.total)} ({ours.total:.1f} s)", "1.15 x")
    yield ("the first delta of each / openai SDK", _times(ours.first / theirs.first), "1.15 x")
    memory = f"{_times(ours.kibibytes / theirs.kibibytes)} ({ours.kibibytes:.0f} KiB)"
    yield ("memory of one of them / openai SDK", memory, "1.15 x")
    yield ("second OpenAILLM load", f"{provider_cost.second_load_ms():.1f} ms", "5 ms")
    worst, grown = decoding_cost.worst_growth()
    yield (f"decoding four times as many hostile bytes, at worst {worst}", _times(grown), "8 x")
    ten, hundred = suite_cost.growth(suite_cost.RECORDED)
    own = hundred.milliseconds - suite_cost.bare_ms()
    yield ("a replayed scenario / the bare calls under vcrpy", f"+{own:.1f} ms", "+5 ms")
    *_, scripted = suite_cost.growth(suite_cost.SCRIPTED)
    own = scripted.milliseconds - suite_cost.called_ms()
    yield ("a scripted scenario / the backend's own calls", f"+{own:.1f} ms", "+10 ms")
    bare, scenarios = suite_cost.import_seconds(), "conformance/scenarios"
    recorded = suite_cost.run_seconds("--only-recorded", scenarios, rounds=suite_cost.ROUNDS)
    yield ("the recorded scenarios / importing pytest, openai, litellm", _times(recorded / bare), "3 x")
    for name, arguments, limit in (
        ("openai@engine", ("--target", "openai@engine", scenarios), "3 x"),
        ("litellm@engine-openai", ("--target", "litellm@engine-openai", scenarios), "8 x"),
        ("all scenarios, faults included, on all cores", ("-n", "auto", scenarios), ""),
        ("all other tests on all cores", ("-n", "auto", "tests"), ""),
    ):
        took = suite_cost.run_seconds(*arguments)
        yield (f"{name} / the same", f"{_times(took / bare)} ({took:.0f} s)", limit)
    for step in (ten, hundred):
        cost = f"{step.milliseconds:.1f} ms, {step.kibibytes:.0f} KiB"
        yield (f"one more scenario, at {step.backends} backends", cost, "flat")
    yield ("a target more at 100 / at 10", _times(hundred.milliseconds / ten.milliseconds), "1.5 x")
    yield ("a recording more at 300 / at 100", _times(growth.cassettes(1, 100, 300)), "1.5 x")
    yield _opening(scenarios)


def _opening(scenarios: str) -> tuple[str, str, str]:
    name = "the page of 100,000 runs until its first click is drawn / of 1,000"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "results.jsonl")
        suite_cost.run_seconds("--target", "openai@engine", "--results", str(source), scenarios)
        few, many = (growth.opening_ms(source, lines) for lines in (1_000, 100_000))
    if few is None or many is None:
        return name, "not measured: chromium is not installed", ""
    return name, f"{_times(many / few)} ({many:.0f} ms)", "1,000 ms"


def _times(ratio: float) -> str:
    return f"{ratio:.2f} x"


if __name__ == "__main__":
    main()
