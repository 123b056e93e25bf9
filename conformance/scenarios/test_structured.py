"""Answers whose shape is demanded."""

from __future__ import annotations

import json

from conformance.dialogue import Turn, structured
from conformance.interview import Interview


def test_json_schema(interview: Interview) -> None:
    """``response_format`` with a schema reaches the server: the answer is the object and nothing else."""
    gives_the_object(structured.PERSON, interview)


def test_json_schema_with_an_array(interview: Interview) -> None:
    """Arrays and Unicode inside a demanded shape survive, streamed too."""
    gives_the_object(structured.CITIES, interview)


def gives_the_object(turn: Turn, interview: Interview) -> None:
    """Invoked and streamed, the content is the object of the answer; how its JSON is spaced is free."""
    for response in (interview.invoke(turn), interview.stream(turn)):
        assert response.error is None
        assert json.loads(response.content) == json.loads(turn.answer.text)
        assert response.finish_reason == "stop"
