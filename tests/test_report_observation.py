"""What is taken down of a scenario: what was sent, came back, was made of it and was demanded; no secret.

Runs of a scratch project: the suite's own scenarios do not fail.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from project import Project, Run

from conformance.report.results import Outcome

SCENARIOS = '''
import pytest
from conformance import laws
from conformance.dialogue import text
from conformance.suite.stage import KEY
from conformance.wire import Cut, always, reply

def test_recorded(interview):
    """The law of this scenario.

    What is not part of it.
    """
    interview.answers(text.GREETING)

def test_scripted(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    laws.is_the_answer(llm.invoke(text.GREETING.messages), text.GREETING.answer)

def test_differs(serve, build, dialect):
    llm = build(serve(dialect.answering(text.COUNT.answer)).url)
    laws.is_the_answer(llm.invoke(text.GREETING.messages), text.GREETING.answer)

def test_cut(serve, build, dialect):
    events = dialect.events(text.GREETING.answer)
    list(build(serve(always(dialect.streamed([*events[:2], Cut()]))).url).stream(text.GREETING.messages))

def test_echo(serve, build):
    laws.well_formed(build(serve(always(reply({"error": f"the key {KEY} is wrong"}, 401))).url).invoke([]))
    assert False, f"the key is {KEY}"

def test_many(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    for _ in range(10):
        laws.is_the_answer(llm.invoke(text.GREETING.messages), text.GREETING.answer)

def test_large(serve, build):
    build(serve(always(reply(b"x" * 100_000))).url).invoke([{"role": "user", "content": "y" * 100_000}])

def test_half(serve, build):
    laws.well_formed(build(serve(always(reply(b"\\xff\\x00"))).url).invoke([]))

@pytest.mark.parametrize("due", [{"said": "Hello"}, KEY], ids=["other", "key"])
def test_compares(target, due):
    """The law."""
    try:
        assert "what somebody" == "catches"
    except AssertionError:
        pass
    assert {"said": "Hell"} == due, f"the key is {KEY}"

def test_fails_by_no_comparison(target):
    try:
        assert "what somebody" == "catches"
    finally:
        raise LookupError

def test_holds(target):
    pass
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("taken-down"))
    project.write("test_invoke.py", SCENARIOS)
    project.recording("invoke/recorded", of="invoke/text")
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.pytest("--target", "openai@*")


def seen(run: Run, scenario: str) -> dict[str, Any]:
    """What was taken down of a scenario."""
    observation = run.result(f"invoke/{scenario}").observation
    assert observation is not None
    return dict(observation)


def test_what_was_sent_and_recorded_and_decoded_and_expected_stands_together(run: Run) -> None:
    observation = seen(run, "recorded")
    invoked, streamed = observation["exchanges"]
    assert invoked["request"]["target"] == "/v1/chat/completions"
    assert json.loads(invoked["request"]["body"])["stream"] is False
    assert json.loads("".join(invoked["answer"]["pieces"]))["object"] == "chat.completion"
    assert streamed["answer"]["pieces"][0].startswith("data: {")
    for number, answer in enumerate(observation["answers"], 1):
        assert answer["after"] == number
        assert answer["decoded"]["content"] == answer["expected"]["content"]


def test_a_script_is_told_as_it_was_sent_and_where_it_ended(run: Run) -> None:
    [exchange] = seen(run, "scripted")["exchanges"]
    assert (exchange["answer"]["status"], exchange["answer"]["ending"]) == (200, "")
    [cut] = seen(run, "cut")["exchanges"]
    assert (cut["answer"]["sent_in"], cut["answer"]["ending"]) == (2, "cut")


def test_a_difference_is_in_what_is_decoded_and_expected(run: Run) -> None:
    result = run.result("invoke/differs")
    assert result.outcome is Outcome.FAILED
    [answer] = seen(run, "differs")["answers"]
    assert answer["decoded"]["content"] != answer["expected"]["content"]
    assert "is_the_answer" in result.words


def test_no_key_is_in_the_file(run: Run, project: Project) -> None:
    """Not in a header, an answer that echoes it, a decoded error or an assertion."""
    from conformance.suite.stage import KEY

    text = (project.folder / "results.jsonl").read_text("utf-8")
    assert KEY not in text
    [exchange] = seen(run, "echo")["exchanges"]
    assert exchange["request"]["headers"]["authorization"] == "Bearer <API_KEY>"
    assert "the key <API_KEY> is wrong" in exchange["answer"]["pieces"][0]
    assert "the key is <API_KEY>" in run.result("invoke/echo").reason
    assert seen(run, "compares-key")["compared"]["expected"] == "'<API_KEY>'"


def test_of_many_exchanges_the_last_are_kept_and_the_others_counted(run: Run) -> None:
    observation = seen(run, "many")
    assert (len(observation["exchanges"]), observation["left_out"]) == (8, 2)
    assert [answer["after"] for answer in observation["answers"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_large_body_is_cut_and_says_so(run: Run) -> None:
    [exchange] = seen(run, "large")["exchanges"]
    request, answer = exchange["request"], exchange["answer"]
    assert (len(request["body"]), len("".join(answer["pieces"]))) == (65536, 65536)
    assert (request["bytes"] > 100_000, answer["bytes"]) == (True, 100_000)


def test_bytes_that_are_no_text_are_escapes(run: Run) -> None:
    [exchange] = seen(run, "half")["exchanges"]
    assert exchange["answer"]["pieces"] == ["\\xff\x00"]


def test_what_did_not_hold_is_told_by_both_its_sides(run: Run) -> None:
    """The one by which the scenario failed, not one that somebody caught before."""
    told = seen(run, "compares-other")["compared"]
    assert told == {"got": "{'said': 'Hell'}", "op": "==", "expected": "{'said': 'Hello'}"}
    assert seen(run, "fails_by_no_comparison")["compared"] is None
    assert seen(run, "holds")["compared"] is None


def test_what_is_decoded_in_another_way_than_before_is_told_by_both_its_sides(project: Project) -> None:
    snapshot = project.cassette("invoke/recorded").with_suffix(".json")
    stored = snapshot.read_text("utf-8")
    snapshot.write_text(stored.replace("Hello", "Goodbye"), "utf-8")
    told = seen(project.pytest("--scenario", "invoke/recorded"), "recorded")["compared"]
    snapshot.write_text(stored, "utf-8")
    assert told["expected"] == stored.replace("Hello", "Goodbye")
    assert told["got"] == stored


def test_a_scenario_stands_there_as_it_is_written_with_what_it_was_given(run: Run) -> None:
    demanded = seen(run, "compares-other")["demanded"]
    assert demanded["code"].startswith('try:\n    assert "what somebody" == "catches"\n')
    assert demanded["code"].endswith('\nassert {"said": "Hell"} == due, f"the key is {KEY}"')
    assert demanded["given"] == {"due": "{'said': 'Hello'}"}
