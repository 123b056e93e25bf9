"""What answered a report, in a sentence: nothing is said to come from a server that does not.

Unit tests of a function over results; one run, since the server is read from a recording.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.report.answers import answered
from conformance.report.page import page
from conformance.report.results import Result, Source
from conformance.report.summary import markdown
from tests.report.reports import report, result
from tests.support.project import Project

SCENARIO = """
from conformance.spec.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)

def test_script(target):
    pass
"""


def recorded(name: str, server: str = "http://engine.invalid", day: str = "2026-11-23") -> Result:
    return result("one@x", f"invoke/{name}", recorded=f"{day}T12:00:00Z", server=server)


SCRIPT = result("one@x", "invoke/s", source=Source.SCRIPT)


def test_recordings_of_the_engine_are_those_of_one_server_and_of_no_provider() -> None:
    whole = report(recorded("a"), recorded("b", day="2026-11-30"), SCRIPT)
    words = (
        "2 recordings of one real server, llama.cpp with a model of our own, made 2026-11-23 to 2026-11-30; "
        "no hosted provider has been recorded yet; 1 scripted"
    )
    assert answered(whole) == words
    assert words in markdown(whole)
    assert words in page(whole)


def test_a_part_of_a_run_does_not_speak_for_the_whole() -> None:
    parts: list[dict[str, Any]] = [{"narrowed": ["-k a"]}, {"shard": "1/2"}]
    for part in parts:
        assert "no hosted provider among them" in answered(report(recorded("a"), **part))


def test_hosted_providers_are_named() -> None:
    hosted = [recorded("b", "https://b.example/v1"), recorded("c", "https://a.example:8443/v1")]
    made = "made 2026-11-23 to 2026-11-23"
    assert answered(report(*hosted)) == f"2 recordings of 2 real servers, a.example, b.example, {made}"
    both = answered(report(recorded("a"), *hosted))
    assert both.startswith("3 recordings of 3 real servers, llama.cpp with a model of our own, a.example, ")
    assert "no hosted provider" not in both


def test_a_server_that_an_earlier_suite_did_not_name_is_not_guessed() -> None:
    old = report(recorded("a", server=""))
    made = "made 2026-11-23 to 2026-11-23"
    assert answered(old) == f"1 recording of one real server, not named in the results, {made}"


def test_scripts_alone_are_no_server() -> None:
    results = [SCRIPT] * 1200 + [result("one@x", "invoke/d", source=Source.DERIVED)]
    assert answered(report(*results)) == (
        "no recording of a real server; 1 derived from recordings; 1,200 scripted"
    )
    live = result("one@x", "invoke/l", source=Source.LIVE)
    assert answered(report(live)) == "1 answered live by a real server"


def test_a_run_knows_which_server_was_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", SCENARIO)
    project.recording("invoke/text")
    servers = {each.scenario: each.server for each in project.inline().results}
    assert servers == {"text": "http://engine.invalid", "script": ""}
