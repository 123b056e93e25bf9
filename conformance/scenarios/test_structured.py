"""Answers whose shape is demanded."""

from __future__ import annotations

import json

import pytest

from conformance import laws
from conformance.dialogue import Turn, structured
from conformance.interview import Interview


@pytest.mark.core
@pytest.mark.needs("json_schema")
def test_json_schema(interview: Interview) -> None:
    """``response_format`` with a schema reaches the server: the answer is the object and nothing else."""
    gives_the_object(structured.PERSON, interview)


@pytest.mark.needs("json_schema")
def test_json_schema_with_an_array(interview: Interview) -> None:
    """Arrays and Unicode inside a demanded shape survive, streamed too."""
    gives_the_object(structured.CITIES, interview)


@pytest.mark.needs("json_object")
def test_json_object(interview: Interview) -> None:
    """``json_object`` demands any object; where a server knows no such format, it is asked by a schema.

    lmstudio-ai/lmstudio-bug-tracker#189: "'response_format.type' must be 'json_schema' or 'text'".
    """
    gives_the_object(structured.ANY_OBJECT, interview)


@pytest.mark.needs("json_schema")
def test_truncated_json_is_visible(interview: Interview) -> None:
    """An object cut at ``max_tokens`` says ``length``, and no reader takes it for whole.

    NousResearch/hermes-agent#35151: what did not parse became ``{}``.
    """
    for response in (interview.invoke(structured.CUT_OBJECT), interview.stream(structured.CUT_OBJECT)):
        laws.is_an_answer(response)
        assert response.finish_reason == "length"
        with pytest.raises(json.JSONDecodeError):
            json.loads(response.content)


def gives_the_object(turn: Turn, interview: Interview) -> None:
    """Invoked and streamed, the content is the object of the answer; how its JSON is spaced is free."""
    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.fulfils(response, turn)
