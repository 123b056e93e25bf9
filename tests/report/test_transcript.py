"""The transcript of a scenario: requests, answers, responses and demands, without secrets.

Runs of a scratch project: the suite's own scenarios do not fail.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.report.results import Outcome
from tests.support.project import Project, Run

SCENARIOS = '''
import pytest
from conformance.spec import laws
from conformance.spec.dialogue import text
from conformance.runner.targets.live import KEY
from conformance.servers.scripted import Cut, always, reply

def test_recorded(interview):
    """The law of this scenario.

    This is not part of it.
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

def test_full_of_keys(serve, build):
    build(serve(always(reply({}))).url).invoke([{"role": "user", "content": KEY * 10_000}])

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
    project = Project(tmp_path_factory.mktemp("project"))
    project.write("test_invoke.py", SCENARIOS)
    project.recording("invoke/recorded", of="invoke/text")
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.inline("--target", "openai@*")


def transcript_of(run: Run, scenario: str) -> dict[str, Any]:
    """The transcript of a scenario."""
    transcript = run.result(f"invoke/{scenario}").transcript
    assert transcript is not None
    return dict(transcript)


def test_request_recording_response_and_expectation_belong_together(run: Run) -> None:
    transcript = transcript_of(run, "recorded")
    invoked, streamed = transcript["exchanges"]
    assert invoked["request"]["target"] == "/v1/chat/completions"
    assert json.loads(invoked["request"]["body"])["stream"] is False
    assert json.loads("".join(invoked["answer"]["pieces"]))["object"] == "chat.completion"
    assert streamed["answer"]["pieces"][0].startswith("data: {")
    for number, answer in enumerate(transcript["answers"], 1):
        assert answer["after"] == number
        assert answer["decoded"]["content"] == answer["expected"]["content"]


def test_a_scripted_answer_has_its_pieces_and_its_ending(run: Run) -> None:
    [exchange] = transcript_of(run, "scripted")["exchanges"]
    assert (exchange["answer"]["status"], exchange["answer"]["ending"]) == (200, "")
    [cut] = transcript_of(run, "cut")["exchanges"]
    assert (cut["answer"]["sent_in"], cut["answer"]["ending"]) == (2, "cut")


def test_a_failed_law_leaves_decoded_and_expected_values(run: Run) -> None:
    result = run.result("invoke/differs")
    assert result.outcome is Outcome.FAILED
    [answer] = transcript_of(run, "differs")["answers"]
    assert answer["decoded"]["content"] != answer["expected"]["content"]
    assert "is_the_answer" in result.traceback


def test_the_file_has_no_key(run: Run, project: Project) -> None:
    """Not in a header, an echoing answer, a decoded error or an assertion."""
    from conformance.runner.targets.live import KEY

    text = (project.folder / "results.jsonl").read_text("utf-8")
    assert KEY not in text
    [exchange] = transcript_of(run, "echo")["exchanges"]
    assert exchange["request"]["headers"]["authorization"] == "Bearer <API_KEY>"
    assert "the key <API_KEY> is wrong" in exchange["answer"]["pieces"][0]
    assert "the key is <API_KEY>" in run.result("invoke/echo").reason
    assert transcript_of(run, "compares-key")["compared"]["expected"] == "'<API_KEY>'"


def test_the_last_of_many_exchanges_are_kept_and_the_others_counted(run: Run) -> None:
    transcript = transcript_of(run, "many")
    assert (len(transcript["exchanges"]), transcript["left_out"]) == (8, 2)
    assert [answer["after"] for answer in transcript["answers"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_large_body_is_cut_and_its_size_kept(run: Run) -> None:
    [exchange] = transcript_of(run, "large")["exchanges"]
    request, answer = exchange["request"], exchange["answer"]
    assert (len(request["body"]), len("".join(answer["pieces"]))) == (65536, 65536)
    assert (request["bytes"] > 100_000, answer["bytes"]) == (True, 100_000)


def test_a_key_is_replaced_before_a_body_is_cut(run: Run) -> None:
    from conformance.runner.targets.live import KEY

    [exchange] = transcript_of(run, "full_of_keys")["exchanges"]
    assert len(exchange["request"]["body"]) == 65536
    assert KEY[:5] not in exchange["request"]["body"]


def test_bytes_that_are_not_utf_8_are_escaped(run: Run) -> None:
    [exchange] = transcript_of(run, "half")["exchanges"]
    assert exchange["answer"]["pieces"] == ["\\xff\x00"]


def test_a_failed_comparison_has_both_sides(run: Run) -> None:
    """The comparison that failed the scenario, not one that was caught before."""
    compared = transcript_of(run, "compares-other")["compared"]
    assert compared == {"got": "{'said': 'Hell'}", "op": "==", "expected": "{'said': 'Hello'}"}
    assert transcript_of(run, "fails_by_no_comparison")["compared"] is None
    assert transcript_of(run, "holds")["compared"] is None


def test_a_changed_snapshot_has_both_sides(project: Project) -> None:
    snapshot = project.cassette("invoke/recorded").with_suffix(".json")
    stored = snapshot.read_text("utf-8")
    snapshot.write_text(stored.replace("Hello", "Goodbye"), "utf-8")
    compared = transcript_of(project.inline("--scenario", "invoke/recorded"), "recorded")["compared"]
    snapshot.write_text(stored, "utf-8")
    assert compared["expected"] == stored.replace("Hello", "Goodbye")
    assert compared["got"] == stored


def test_the_transcript_has_the_code_and_the_parameters_of_the_scenario(run: Run) -> None:
    demanded = transcript_of(run, "compares-other")["demanded"]
    assert demanded["code"].startswith('try:\n    assert "what somebody" == "catches"\n')
    assert demanded["code"].endswith('\nassert {"said": "Hell"} == due, f"the key is {KEY}"')
    assert demanded["given"] == {"due": "{'said': 'Hello'}"}
