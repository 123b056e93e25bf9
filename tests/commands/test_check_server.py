"""``conformance check --base-url``: what reached the server is told first, and apart from scripts.

No recording tests: the server answers wrong on purpose.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.commands.command import suite_arguments
from conformance.report.file import read
from conformance.report.names import RESULTS, SUMMARY
from conformance.report.parts import APART, REACHED
from conformance.report.results import Outcome, Source
from conformance.servers.scripted import ScriptedServer
from tests.judging.wrong_servers import OneAnswerToEverything
from tests.support.checking import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_nothing_that_reached_a_silly_server_has_passed(folder: Folder) -> None:
    """Only what reaches the server is run here: all of it."""
    named = ("--backend", "gateway:MyLLM", "--backend-model", "tiny", "--backend-url")
    chosen = ("--only-recorded", "--results", RESULTS, "--time-limit", "60")
    with ScriptedServer(OneAnswerToEverything()) as server:
        suite = ("-m", "pytest", "-q", "--tb=no", *suite_arguments(folder.folder))
        run = folder.run(*suite, *named, f"{server.url}/v1", *chosen)
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.output
    results = read(folder.folder / RESULTS).results
    assert {each.source for each in results} == {Source.LIVE}, run.output
    assert len(results) > 50
    assert [each.id for each in results if each.outcome is Outcome.PASSED] == []
    assert {each.measured for each in results} == {"", "ignored"}


def test_what_reached_the_server_is_told_first_and_apart_from_scripts(folder: Folder) -> None:
    with ScriptedServer(OneAnswerToEverything()) as server:
        named = ("gateway:MyLLM", "--base-url", f"{server.url}/v1", "--model", "tiny")
        output = folder.check(*named, "--report", "report", "--scenario", "usage").output
    sources = Counter(each.source for each in read(folder.folder / "report" / RESULTS))
    live, scripts = sources[Source.LIVE], sources[Source.SCRIPT]
    reached = f"{REACHED}: 0 of {live} runs passed, {live} failed"
    apart = f"{APART}: {scripts} of {scripts} runs passed"
    lines = output.splitlines()
    first = lines.index(reached)
    assert lines[first + 1] == apart
    assert lines[first + 2].startswith(f"{live} failed, {scripts} passed by scripts in ")
    summary = (folder.folder / "report" / SUMMARY).read_text("utf-8").splitlines()
    assert [summary[2], summary[4]] == [f"**{reached}**", apart]
