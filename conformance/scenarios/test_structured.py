"""Answers to a request with a response schema."""

from __future__ import annotations

import json

import pytest

from conformance.testing import Answer, Call, Dialect, Interview, Play, Turn, laws, structured


@pytest.mark.core
@pytest.mark.needs("json_schema")
def test_json_schema(interview: Interview) -> None:
    """The answer to a request with a response schema is the object and nothing else."""
    gives_the_object(structured.PERSON, interview)


@pytest.mark.needs("json_schema")
def test_json_schema_with_an_array(interview: Interview) -> None:
    """Arrays and Unicode in the answer to a response schema arrive unchanged, invoked and streamed."""
    gives_the_object(structured.CITIES, interview)


@pytest.mark.needs("json_object")
def test_json_object(interview: Interview) -> None:
    """The answer to a request for ``json_object`` is a JSON object.

    lmstudio-ai/lmstudio-bug-tracker#189: "'response_format.type' must be 'json_schema' or 'text'".
    """
    gives_the_object(structured.ANY_OBJECT, interview)


@pytest.mark.needs("json_schema")
def test_truncated_json_is_visible(interview: Interview) -> None:
    """A JSON object that is cut at ``max_tokens`` has the finish reason ``length`` and is not complete.

    NousResearch/hermes-agent#35151: what did not parse became ``{}``. Anthropic itself closes the input of a
    tool that it was cut in, so half an object may be JSON.
    """
    turn = structured.CUT_OBJECT
    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.is_an_answer(response)
        assert response.finish_reason == "length"
        assert turn.matcher(response.content) != turn.matcher(turn.answer.text)


@pytest.mark.dialects("anthropic")
def test_truncated_json_from_a_tool_is_length(play: Play, dialect: Dialect) -> None:
    """A JSON object that is requested by a tool and cut at ``max_tokens`` has the finish reason ``length``.

    litellm takes every call of that tool for a complete object, with the finish reason ``stop``. A script:
    no server at hand has Anthropic's way to close the input of a tool that it was cut in.
    """
    half = Answer(calls=(Call("json_tool_call", {"name": "Ada"}),))
    llm = play(dialect.answering(half, finish_reason="length"))

    for response in laws.ask_both_ways(llm, structured.PERSON.messages, **structured.PERSON.params):
        laws.is_an_answer(response)
        assert json.loads(response.content) == {"name": "Ada"}
        assert response.finish_reason == "length"


def gives_the_object(turn: Turn, interview: Interview) -> None:
    """Invoked and streamed, the content is the object of the answer; how its JSON is spaced is free."""
    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.answers_turn(response, turn)
