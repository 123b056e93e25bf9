"""Each fault that only an asynchronous backend can have fails the scenario that is about it.

No recording tests: the faults are in backends of a scratch project.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Outcome
from tests.support.project import Project, Run

BACKENDS = """
import asyncio
import time
from contextvars import ContextVar

from provider.chat.asynchronous import Asynchronous
from provider import AsyncOpenAILLM, LLMResponse, OpenAILLM

SPAN = ContextVar("span")


class Right(AsyncOpenAILLM):
    pass


class SwallowsTheCancel(AsyncOpenAILLM):
    async def invoke(self, messages, attachments=None, **options):
        try:
            return await super().invoke(messages, attachments, **options)
        except asyncio.CancelledError:
            return LLMResponse("cancelled")


class LeavesATask(AsyncOpenAILLM):
    async def invoke(self, messages, attachments=None, **options):
        self.kept = asyncio.create_task(asyncio.sleep(60))
        return await super().invoke(messages, attachments, **options)


class BelongsToALoop(AsyncOpenAILLM):
    async def load(self):
        self.loop = asyncio.get_running_loop()
        return await super().load()

    async def invoke(self, messages, attachments=None, **options):
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError("Event loop is closed")
        return await super().invoke(messages, attachments, **options)


class BlocksTheLoop(AsyncOpenAILLM):
    async def invoke(self, messages, attachments=None, **options):
        with OpenAILLM("tiny", None, self.base_url, timeout=0.5, max_retries=0) as llm:
            return llm.invoke(messages)


class SleepsInTheLoop(AsyncOpenAILLM):
    class Waits(Asynchronous):
        async def sleep(self, seconds):
            time.sleep(seconds)

    face = Waits()


class EndsInItsTask(AsyncOpenAILLM):
    async def stream(self, messages, attachments=None, **options):
        token = SPAN.set("stream")
        try:
            async for delta in super().stream(messages, attachments, **options):
                yield delta
        finally:
            SPAN.reset(token)


class Synchronous(OpenAILLM):
    pass
"""

FAULTS = {
    "SwallowsTheCancel": (
        "a_cancelled_call_frees_its_connection-task-invoke",
        "the call was cancelled, and ended otherwise",
    ),
    "LeavesATask": ("concurrent_tasks_get_their_own_answers", "tasks of the backend are left"),
    "BelongsToALoop": ("an_instance_serves_one_loop_after_the_other-invoke", "Event loop is closed"),
    "SleepsInTheLoop": (
        "the_event_loop_turns_while_a_retry_waits",
        "the event loop has no turn while the call waits for its next try",
    ),
    "EndsInItsTask": (
        "a_stream_ends_in_another_task_than_it_began-closed",
        "was created in a different Context",
    ),
    "BlocksTheLoop": ("the_event_loop_turns_while_an_answer_is_awaited-invoke", "Hello, world!"),
}
"""The scenario, and words of the reason why it fails."""


def asked(folder: Path, name: str, *options: str, declared: str = "true") -> Run:
    project = Project(folder, factory=f"mine:{name}")
    project.write("mine.py", BACKENDS)
    file = project.folder / "pyproject.toml"
    line = f'class = "mine:{name}"\n'
    file.write_text(file.read_text("utf-8").replace(line, f"{line}asynchronous = {declared}\n"), "utf-8")
    modules = [f"conformance.scenarios.test_{group}" for group in ("async", "async_tasks")]
    return project.inline("--pyargs", *modules, *options)


def test_a_right_backend_passes(tmp_path: Path) -> None:
    run = asked(tmp_path, "Right")
    assert {result.outcome for result in run.results} == {Outcome.PASSED}, run.words
    assert len(run.results) == 17


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_fails_its_scenario(tmp_path: Path, name: str) -> None:
    scenario, reason = FAULTS[name]
    run = asked(tmp_path, name, "--scenario", f"async*/{scenario}")
    [result] = run.results
    assert result.outcome in (Outcome.FAILED, Outcome.ERRORED), "the fault is not found"
    assert reason in result.reason


def test_a_synchronous_backend_is_not_asked(tmp_path: Path) -> None:
    run = asked(tmp_path, "Synchronous", declared="false")
    assert run.results == []


@pytest.mark.parametrize(
    ("name", "declared", "truth"), [("Right", "false", "awaited"), ("Synchronous", "true", "not awaited")]
)
def test_a_wrong_declaration_is_named(tmp_path: Path, name: str, declared: str, truth: str) -> None:
    project = Project(tmp_path, factory=f"mine:{name}")
    project.write("mine.py", BACKENDS)
    project.append(
        "pyproject.toml",
        f"[tool.conformance.backends.other]\nclass = 'mine:{name}'\n"
        f"asynchronous = {declared}\ntargets.x = {{ model = 'tiny', dialect = 'openai' }}\n",
    )
    project.write("test_invoke.py", "def test_one(build):\n    build('http://127.0.0.1:9')\n")
    [result] = project.inline("--target", "other@x").results
    right = "true" if declared == "false" else "false"
    assert f"the methods of mine:{name} are {truth}: say asynchronous = {right} in" in result.reason
