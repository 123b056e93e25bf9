"""Another wording is no change of a recording; every other change is reported.

The tests change this repository's own cassettes at random.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.recording import Recording, Severity
from conformance.recording.drift.drift import drift
from conformance.servers.scripted.dialects.bedrock import event
from tests.recording.cassette_server import answered, streamed
from tests.recording.rewording import (
    COMMITTED,
    as_it_is,
    asked_for,
    committed,
    in_other_words,
    is_whole,
    keys,
    of_data,
    rewritten,
    without,
)


@pytest.mark.parametrize("name", COMMITTED)
@settings(deadline=None, max_examples=20)
@given(words=st.text(st.characters(codec="utf-8"), min_size=1), number=st.integers(0, 2**40))
def test_other_words_times_and_counts_are_the_same_recording(name: str, words: str, number: int) -> None:
    def change(document: Any) -> Any:
        return in_other_words(document, words, number)

    new = rewritten(committed(name), of_data(change), change)
    assert new != committed(name)
    assert drift(committed(name), new) == []


@pytest.mark.parametrize("name", COMMITTED)
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_a_text_may_come_in_any_number_of_deltas(name: str, data: st.DataObject) -> None:
    def cut(lines: list[str]) -> list[str]:
        found = []
        for number, line in enumerate(lines):
            is_text = '"content":"' in line or '"text_delta"' in line
            block = lines[number - 1 : number + 2] if lines[number - 1].startswith("event:") else [line, ""]
            found += block * data.draw(st.integers(0, 3)) if is_text and len(block) == 2 else []
            found.append(line)
        return found

    assert drift(committed(name), rewritten(committed(name), cut, as_it_is)) == []


@pytest.mark.parametrize("name", COMMITTED)
@settings(deadline=None, max_examples=100)
@given(data=st.data(), is_event=st.booleans())
def test_a_key_that_is_gone_from_an_answer_or_from_every_event_is_at_least_a_warning(
    name: str, data: st.DataObject, is_event: bool
) -> None:
    recording = committed(name)
    answers = [each.response for each in recording.interactions if is_whole(each.response) is not is_event]
    lines = [line.removeprefix("data: ") for each in answers for line in each.body.decode().split("\n")]
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    place = data.draw(st.sampled_from([place for each in documents for place in keys(each)]))

    def change(document: Any) -> Any:
        return without(document, place)

    changed = (of_data(change), as_it_is) if is_event else (as_it_is, change)
    new = rewritten(recording, *changed)

    assert max(each.severity for each in drift(recording, new)) >= Severity.WARNING
    assert drift(new, recording)


@pytest.mark.parametrize("name", COMMITTED)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_stream_without_its_end_is_an_error(name: str, data: st.DataObject) -> None:
    recording = committed(name)

    def cut(lines: list[str]) -> list[str]:
        return lines[: data.draw(st.integers(0, len(lines) - 2))]

    new = rewritten(recording, cut, as_it_is)
    assert any(each.severity is Severity.ERROR for each in drift(recording, new))


@settings(deadline=None)
@given(
    before=st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.booleans()),
    after=st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.booleans()),
    names=st.tuples(*[st.sampled_from(["get_weather", "get_time"])] * 2),
    pieces=st.integers(2, 9),
    whole=st.booleans(),
)
def test_a_call_counts_by_its_name_and_the_values_of_its_arguments(
    before: dict[str, Any], after: dict[str, Any], names: tuple[str, str], pieces: int, whole: bool
) -> None:
    """However it is cut, spaced and ordered."""
    one, other = json.dumps(before), json.dumps(after, indent=1, ensure_ascii=False, sort_keys=True)
    cuts = (1, 1) if whole else (2, pieces)
    recordings = [
        asked_for(name, text, pieces=cut, whole=whole)
        for name, text, cut in zip(names, (one, other), cuts, strict=True)
    ]
    same = names[0] == names[1] and json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert (drift(*recordings) == []) is same


@pytest.mark.parametrize(
    ("status", "one", "other"),
    [
        (
            429,
            "Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 21000, Requested 12300. "
            "Please try again in 6.6s.",
            "Rate limit reached for m on tokens per min (TPM): Limit 60000, Used 59000, Requested 1230. "
            "Please try again in 230ms.",
        ),
        (401, "Incorrect API key provided: sk-conf***1234.", "Incorrect API key provided: sk-x****9."),
        (500, "Sorry! Mention the request ID req_1 to us.", "Sorry! Mention the request ID req_2 to us."),
    ],
)
def test_the_words_of_an_error_are_free_and_its_code_is_not(status: int, one: str, other: str) -> None:
    def error(message: str, code: str) -> Recording:
        body = {"error": {"message": message, "type": "t", "code": code}}
        return answered(json.dumps(body).encode(), "application/json", status)

    assert drift(error(one, "a"), error(other, "a")) == []
    assert drift(error(one, "a"), error(one, "b"))


def test_text_that_a_later_request_repeats_may_change_with_it() -> None:
    """Reasoning goes back as it came, whole or from its deltas; any other text is the scenario's own."""

    def talk(deltas: list[str], repeated: str) -> Recording:
        first = streamed(*({"choices": [{"delta": {"reasoning": each}}]} for each in deltas))
        question = json.dumps({"messages": [{"role": "assistant", "reasoning": repeated}]}).encode()
        second = answered(b"{}", "application/json", question=question)
        return replace(first, interactions=first.interactions + second.interactions)

    assert drift(talk(["one"], "one"), talk(["an", "other"], "another")) == []
    assert drift(talk(["one"], "one"), talk(["an", "other"], "one"))


def test_an_empty_delta_is_no_change_and_an_empty_text_is() -> None:
    def deltas(*texts: str) -> Recording:
        return streamed(*({"choices": [{"delta": {"content": text}}]} for text in texts))

    assert drift(deltas("a"), deltas("", "a", "")) == []
    assert drift(deltas("a"), deltas("", ""))


@pytest.mark.parametrize("nothing", [{}, [], None, 0, "", False])
def test_a_key_that_held_nothing_counts_too(nothing: Any) -> None:
    old, new = (
        answered(json.dumps(body).encode(), "application/json") for body in ({"a": 1, "b": nothing}, {"a": 1})
    )
    assert [each.severity for each in drift(old, new)] == [Severity.WARNING]
    assert [each.severity for each in drift(new, old)] == [Severity.INFO]


def test_equal_calls_count_by_their_number_and_parts_of_a_text_do_not() -> None:
    """Gemini's calls have no ids."""

    def parts(*parts: dict[str, Any]) -> Recording:
        body = {"candidates": [{"content": {"parts": parts}}]}
        return answered(json.dumps(body).encode(), "application/json")

    call = {"functionCall": {"name": "now", "args": {}}}
    assert drift(parts(call), parts(call, call))
    assert drift(parts({"text": "It rains."}), parts({"text": "It "}, {"text": "pours."})) == []


@pytest.mark.parametrize("words", [["Hello"], ["Hel", "lo you"]])
def test_a_binary_stream_is_read_event_by_event(words: list[str]) -> None:
    def converse(deltas: list[str], reason: str) -> Recording:
        texts = [event("contentBlockDelta", contentBlockIndex=0, delta={"text": text}) for text in deltas]
        body = b"".join([*texts, event("messageStop", stopReason=reason)])
        return answered(body, "application/vnd.amazon.eventstream")

    assert drift(converse(["Good day"], "end_turn"), converse(words, "end_turn")) == []
    [found] = drift(converse(["Good day"], "end_turn"), converse(words, "max_tokens"))
    assert found.what == 'was "end_turn", is "max_tokens"'
    whole = converse(["Good day"], "end_turn")
    [only] = whole.interactions
    cut = replace(only, response=replace(only.response, body=only.response.body[:-1]))
    assert drift(whole, replace(whole, interactions=(cut,))), "a message that is cut"
