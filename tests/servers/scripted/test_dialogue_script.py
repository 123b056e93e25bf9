"""The scripted server answers the dialogue as a model would: it stops where a request says so, and counts.

No scenarios: they are about the suite's own server, which stands in for one that cannot be recorded.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from conformance.servers.scripted import Request
from conformance.servers.scripted.cutting import limited, stopped, tokens_of
from conformance.servers.scripted.dialects import DIALECTS, dialect
from conformance.servers.scripted.dialects.encoded import decoded
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.servers.scripted.script import Send
from conformance.spec.dialogue import TRAINING_TURNS, Answer, Turn, text, tools

OPENAI = dialect("openai")


def asked(turn: Turn, **options: Any) -> Any:
    """The body of the answer to a turn."""
    body = {"messages": [*turn.messages], **({"tools": [*turn.tools]} if turn.tools else {}), **options}
    request = Request(
        "POST", "/chat", httpx.QueryParams(), httpx.Headers(), json.dumps(body).encode(), 0.0, 1
    )
    [data] = [step.data for step in dialogue_handler(OPENAI)(request) if isinstance(step, Send)]
    return json.loads(data)


def said(body: Any) -> tuple[str | None, str]:
    [choice] = body["choices"]
    return choice["message"]["content"], choice["finish_reason"]


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_an_answer_ends_at_the_limit_of_tokens(field: str) -> None:
    body = asked(text.COUNT, **{field: 3})
    assert said(body) == ("1, 2", "length")
    assert body["usage"]["completion_tokens"] == 3


@pytest.mark.parametrize("stop", ["5", ["5"], ["9", "5"]])
def test_an_answer_ends_before_a_stop_sequence(stop: Any) -> None:
    assert said(asked(text.COUNT, stop=stop)) == ("1, 2, 3, 4, ", "stop")


def test_an_answer_that_fits_is_whole() -> None:
    assert said(asked(text.COUNT, max_tokens=100, stop=["x"])) == (text.COUNT.answer.text, "stop")


def test_calls_that_do_not_fit_are_left_out() -> None:
    assert asked(tools.ONE_CALL)["choices"][0]["finish_reason"] == "tool_calls"
    assert said(asked(tools.ONE_CALL, max_tokens=1))[1] == "length"


def test_a_longer_question_and_a_longer_answer_have_more_tokens() -> None:
    short, long, longest = (asked(turn)["usage"] for turn in (text.SUM, text.LONG_MEMORY, text.LONG))
    assert long["prompt_tokens"] > short["prompt_tokens"]
    assert longest["completion_tokens"] > short["completion_tokens"]


def test_reasoning_is_cut_before_the_text() -> None:
    thinking = Answer("ja", reasoning="a b c")
    assert limited(thinking, 2) == (Answer(reasoning="a b"), "length")
    assert limited(thinking, 4) == (thinking, None)
    assert stopped(thinking, ["a"]) == Answer("j", reasoning="a b c")


@pytest.mark.parametrize("turn", TRAINING_TURNS, ids=lambda turn: turn.name)
def test_tokens_joined_are_the_text(turn: Turn) -> None:
    assert "".join(tokens_of(turn.answer.text)) == turn.answer.text


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("anthropic", {"stop_sequences": ["5"]}),
        ("bedrock", {"inferenceConfig": {"stopSequences": ["5"]}}),
        ("cohere", {"stop_sequences": ["5"]}),
        ("gemini", {"generationConfig": {"stopSequences": ["5"]}}),
    ],
)
def test_a_dialect_names_the_field_of_its_stop_sequences(name: str, settings: dict[str, Any]) -> None:
    wire = DIALECTS[name]
    [question] = text.COUNT.messages
    body = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": question["content"]}]}],
        "contents": [{"role": "user", "parts": [{"text": question["content"]}]}],
        **settings,
    }
    data = json.dumps(body).encode()
    request = Request("POST", "/chat", httpx.QueryParams(), httpx.Headers(), data, 0.0, 1)
    [sent] = [step.data for step in dialogue_handler(wire)(request) if isinstance(step, Send)]
    assert "1, 2, 3, 4, " in sent.decode()
    assert b"5, 6" not in sent


@pytest.mark.parametrize("data", ["-_8=", "-_8", "+/8=", "+/8"])
def test_base64_is_read_in_both_alphabets_padded_or_not(data: str) -> None:
    assert decoded(data) == b"\xfb\xff"


def test_what_is_not_base64_is_said_in_words() -> None:
    with pytest.raises(AssertionError, match="the request has an attachment that is not base64: '&&&'"):
        decoded("&&&")


@pytest.mark.parametrize("url", ["data:image/png;base64,-_8", {"url": "data:image/png;base64,-_8="}])
def test_the_url_of_an_image_may_stand_alone(url: Any) -> None:
    content = [{"type": "image_url", "image_url": url}]
    data = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
    request = Request("POST", "/", httpx.QueryParams(), httpx.Headers(), data, 0.0, 1)
    assert OPENAI.images(request) == [("image/png", b"\xfb\xff")]
