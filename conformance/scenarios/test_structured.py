"""Answers whose shape is demanded."""

from __future__ import annotations

import json

from conformance.dialogue import structured
from conformance.interview import Interview


def test_json_schema(interview: Interview) -> None:
    """``response_format`` with a schema reaches the server: the answer is the object and nothing else."""
    response = interview.answers(structured.PERSON)

    assert json.loads(response.content) == {"name": "Ada", "age": 36}


def test_json_schema_with_an_array(interview: Interview) -> None:
    """Arrays and Unicode inside a demanded shape survive, streamed too."""
    response = interview.answers(structured.CITIES)

    assert json.loads(response.content) == {"cities": ["Zürich", "東京"]}
