"""What the results file of a run says of its scenarios: facts, and transcripts without secrets.

One run of a scratch project: the suite's own scenarios do not fail or crash.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from conformance.report.doubts import Doubt, DoubtKind
from conformance.report.file import read
from conformance.report.results import Outcome, Report, Source
from conformance.report.schema import schema
from conformance.runner.targets.live import KEY
from tests.support.project import Project, Run

SCENARIOS = '''
import httpx
import pytest
from conformance.spec import laws
from conformance.spec.dialogue import text
from conformance.runner.targets.live import KEY
from conformance.servers.scripted import Cut, always, reply
from provider.response import LLMResponse

def test_recorded(interview):
    """The law of this scenario.

    This is not part of it.
    """
    interview.answers(text.GREETING)

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

def test_crashes(target):
    httpx.Client().get("nonsense")

def test_takes_what_is_not_there(target):
    [call] = []

def test_judges_what_is_no_json(target):
    laws.calls_of(LLMResponse(tool_calls=[{"id": "1", "name": "n", "arguments": "no json"}]))

@pytest.fixture
def broken():
    raise KeyError("choices")

def test_has_no_stage(target, broken):
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


@pytest.fixture(scope="module")
def whole(run: Run, project: Project) -> Report:
    assert run.results, run.output
    return read(project.folder / "results.jsonl")


def test_every_line_matches_the_schema(project: Project, whole: Report) -> None:
    lines = (project.folder / "results.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(whole) + 2
    for line in lines:
        jsonschema.Draft202012Validator(schema()).validate(json.loads(line))


def test_the_header_says_what_ran_and_what_was_left_out(whole: Report) -> None:
    [backend] = whole.header["backends"]
    assert (backend["backend"], backend["target"], backend["model"]) == ("openai", "engine", "tiny")
    assert (backend["dialect"], backend["source"]) == ("openai", "recording")
    assert (whole.header["shard"], whole.header["narrowed"]) == (None, ["--target openai@*"])
    assert whole.header["sdks"]["httpx"]
    assert whole.doubts == [Doubt(DoubtKind.PARTIAL, "narrowed by --target openai@*")]


def test_a_recorded_scenario_has_a_law_a_recording_and_a_date(run: Run) -> None:
    result = run.result("invoke/recorded")
    assert (result.outcome, result.source) == (Outcome.PASSED, Source.RECORDING)
    assert result.law == "The law of this scenario."
    assert result.cassette == "cassettes/openai/engine/invoke/recorded.yaml"
    assert result.recorded.endswith("Z")
    assert result.seconds > 0


@pytest.mark.parametrize(
    ("scenario", "outcome", "reason"),
    [
        ("crashes", Outcome.ERRORED, "UnsupportedProtocol"),
        ("takes_what_is_not_there", Outcome.FAILED, "not enough values to unpack"),
        ("judges_what_is_no_json", Outcome.FAILED, "JSONDecodeError"),
        ("has_no_stage", Outcome.ERRORED, "KeyError: 'choices'"),
    ],
)
def test_a_crash_is_errored_and_a_failed_judgement_is_failed(
    run: Run, scenario: str, outcome: Outcome, reason: str
) -> None:
    """The backend or the harness crashes; a scenario that unpacks a missing call has judged."""
    result = run.result(f"invoke/{scenario}")
    assert result.outcome is outcome
    assert reason in result.reason


def test_junit_has_no_transcripts(project: Project, run: Run) -> None:
    assert run.results
    assert "exchanges" not in (project.folder / "results.xml").read_text("utf-8")


def transcript_of(run: Run, scenario: str) -> dict[str, Any]:
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
    [exchange] = transcript_of(run, "differs")["exchanges"]
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


def test_a_key_is_replaced_before_a_body_is_cut_and_other_bytes_are_escaped(run: Run) -> None:
    [exchange] = transcript_of(run, "full_of_keys")["exchanges"]
    assert len(exchange["request"]["body"]) == 65536
    assert KEY[:5] not in exchange["request"]["body"]
    [exchange] = transcript_of(run, "half")["exchanges"]
    assert exchange["answer"]["pieces"] == ["\\xff\x00"], "bytes that are not UTF-8 are escaped"


def test_a_failed_comparison_has_both_sides(run: Run) -> None:
    """The comparison that failed the scenario, not one that was caught before."""
    compared = transcript_of(run, "compares-other")["compared"]
    assert compared == {"got": "{'said': 'Hell'}", "op": "==", "expected": "{'said': 'Hello'}"}
    assert transcript_of(run, "fails_by_no_comparison")["compared"] is None
    assert transcript_of(run, "cut")["compared"] is None


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
