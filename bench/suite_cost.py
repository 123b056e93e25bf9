"""What the suite costs over the bare calls that it makes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import yaml
from vcr import VCR

from bench.clock import python, seconds
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text
from provider import OpenAILLM

REPOSITORY = Path(__file__).parents[1]
RECORDED = "invoke/same_role_twice"
"""A recorded scenario of one question, invoked and streamed."""

SCRIPTED = "usage/token_counts_are_the_providers"
"""A scripted scenario of one question."""

BARE_ROUNDS = 100

ROUNDS = 3
"""Runs of a process, of which the quickest counts: the first also fills the file cache."""

# As in the suite, without litellm's start-up fetch, which would be measured too.
IMPORTS = (
    "import os; os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP='True', LITELLM_MODE='PRODUCTION');"
    "import pytest, openai, litellm"
)


@dataclass(frozen=True)
class Growth:
    """What one more backend costs per scenario: milliseconds, and KiB of peak memory."""

    backends: int
    milliseconds: float
    kibibytes: float


def import_seconds() -> float:
    """Seconds of a process that only imports what the suite needs."""
    return min(seconds(python(IMPORTS)) for _ in range(ROUNDS))


def run_seconds(*arguments: str, rounds: int = 1) -> float:
    """Seconds of pytest in this repository."""
    return min(seconds(lambda: run_pytest(REPOSITORY, *arguments)) for _ in range(rounds))


def growth(scenario: str) -> list[Growth]:
    """The cost of a scenario between 1 and 10, and between 10 and 100 backends."""
    of = {count: measured(count, scenario) for count in (1, 10, 100)}
    steps = ((1, 10), (10, 100))
    return [
        Growth(
            more,
            1000 * (of[more][0] - of[fewer][0]) / (more - fewer),
            (of[more][1] - of[fewer][1]) / (more - fewer),
        )
        for fewer, more in steps
    ]


def bare_ms() -> float:
    """Milliseconds of the same two calls by the openai SDK under vcrpy, cassette loading included."""
    with tempfile.TemporaryDirectory() as folder:
        vcr = VCR(
            path_transformer=lambda _: str(Path(folder) / "bare.yaml"), match_on=["method", "path", "body"]
        )
        vcr.register_serializer("c", _CSafeYaml)
        vcr.serializer = "c"
        with ScriptedServer(dialect("openai").answering(text.SAME_ROLE.answer)) as server:
            client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1")
            with vcr.use_cassette("bare", record_mode="all"):
                _ask(client)

        def replayed() -> None:
            for _ in range(BARE_ROUNDS):
                with vcr.use_cassette("bare", record_mode="none"):
                    _ask(client)

        return 1000 * seconds(replayed) / BARE_ROUNDS


class _CSafeYaml:
    """vcrpy's serialiser with libyaml, which is five times as fast as the pure Python one."""

    @staticmethod
    def deserialize(source: str) -> Any:
        return yaml.load(source, Loader=yaml.CSafeLoader)

    @staticmethod
    def serialize(value: Any) -> str:
        return yaml.dump(value, Dumper=yaml.CSafeDumper)


def _ask(client: openai.OpenAI) -> None:
    messages: Any = list(text.SAME_ROLE.messages)
    client.chat.completions.create(model="tiny", messages=messages)
    with client.chat.completions.create(model="tiny", messages=messages, stream=True) as stream:
        list(stream)


def called_ms() -> float:
    """Milliseconds of the same two calls by OpenAILLM to a loopback server, loading included."""
    turn = text.GREETING

    def called() -> None:
        for _ in range(BARE_ROUNDS):
            with OpenAILLM("tiny", "k", server.url) as llm:
                llm.invoke(turn.messages)
                list(llm.stream(turn.messages))

    with ScriptedServer(dialect("openai").answering(turn.answer)) as server:
        return 1000 * seconds(called) / BARE_ROUNDS


def measured(backends: int, scenario: str) -> tuple[float, float]:
    """Seconds and peak KiB of a run of one scenario on this number of backends."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write_project(project, backends)
        file = REPOSITORY / f"conformance/scenarios/test_{scenario.partition('/')[0]}.py"
        chosen = ("--scenario", scenario, str(file))
        quickest = min(seconds(lambda: run_pytest(project, *chosen)) for _ in range(ROUNDS))
        return quickest, float((project / "peak").read_text())


def write_project(project: Path, backends: int) -> None:
    """Write a project with ``backends`` times OpenAILLM, each with a copy of one recording."""
    names = [f"b{number}" for number in range(backends)]
    tables = [
        f'[tool.conformance.backends.{name}]\nclass = "provider:OpenAILLM"\n'
        f'[tool.conformance.backends.{name}.targets.engine]\nmodel = "tiny"\ndialect = "openai"\n'
        for name in names
    ]
    (project / "pyproject.toml").write_text("".join(tables) + "[tool.pytest.ini_options]\n")
    (project / "conftest.py").write_text(
        "import resource, pathlib\n"
        'pytest_plugins = ["conformance.plugin"]\n'
        "def pytest_unconfigure():\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    pathlib.Path('peak').write_text(str(peak))\n"
    )
    group, scenario = RECORDED.split("/")
    for name in names:
        copy = project / "cassettes" / name / "engine" / group
        copy.mkdir(parents=True)
        for suffix in (".yaml", ".json"):
            shutil.copy(
                REPOSITORY / "cassettes/openai/engine" / f"{RECORDED}{suffix}", copy / f"{scenario}{suffix}"
            )


def run_pytest(folder: Path, *arguments: str) -> None:
    """Run the suite in ``folder``; raises if the run fails, because its time means nothing."""
    own = ["--rootdir", ".", "-c", "pyproject.toml", "--confcutdir", "."]
    own += ["-p", "conformance.plugin", "-p", "conftest"]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(own if folder != REPOSITORY else []), *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={"PYTHONPATH": f"{REPOSITORY}:{folder}", "PATH": ""},
    )
