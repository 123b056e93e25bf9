"""Turns answered by JSON: with a schema, with any object, and with reasoning before the answer."""

from __future__ import annotations

import json
from typing import Any

from conformance.spec.dialogue.matchers import same_json, same_words, text_beside_calls
from conformance.spec.dialogue.turn import Answer, Call, Turn, user


def schema(name: str, /, **properties: Any) -> dict[str, Any]:
    """A ``response_format`` that demands an object of exactly these properties."""
    return {
        "type": "json_schema",
        "json_schema": {
            "name": name,
            "strict": True,
            "schema": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


PERSON = Turn(
    "person",
    [user("Give the person Ada, 36 years old, as JSON.")],
    Answer('{"name": "Ada", "age": 36}'),
    params={"response_format": schema("person", name={"type": "string"}, age={"type": "integer"})},
    matcher=same_json,
)
CITIES = Turn(
    "cities",
    [user("Give the cities Zürich and 東京 as JSON.")],
    Answer('{"cities": ["Zürich", "東京"]}'),
    params={"response_format": schema("cities", cities={"type": "array", "items": {"type": "string"}})},
    matcher=same_json,
)
ANY_OBJECT = Turn(
    "any_object",
    [user("Give a JSON object whose key ok is true.")],
    Answer('{"ok": true}'),
    params={"response_format": {"type": "json_object"}},
    matcher=same_json,
)
CUT_OBJECT = Turn(
    "cut_object",
    PERSON.messages,
    PERSON.answer,
    params={**PERSON.params, "max_tokens": 6},
    trained=False,
    matcher=same_json,
)


def by_tool(turn: Turn) -> Turn:
    """The same question as clients ask it of servers without ``response_format``: by a forced tool.

    litellm does so on Anthropic's API, with a tool of this name.
    """
    demanded = turn.params["response_format"].get("json_schema", {}).get("schema", {"type": "object"})
    tool = {"type": "function", "function": {"name": "json_tool_call", "parameters": demanded}}
    answer = Answer(calls=(Call("json_tool_call", json.loads(turn.answer.text)),))
    return Turn(f"{turn.name}_by_tool", turn.messages, answer, tools=[tool], matcher=text_beside_calls)


AS_TOOL = (PERSON, CITIES, ANY_OBJECT)
BY_TOOL = tuple(by_tool(turn) for turn in AS_TOOL)

REASONED = Turn(
    "reasoned",
    [user("Think first: is 91 a prime number? Answer yes or no.")],
    Answer("no", reasoning="91 is 7 times 13, so it is not a prime number."),
    matcher=same_words,
)

TURNS = (PERSON, CITIES, ANY_OBJECT, CUT_OBJECT, *BY_TOOL, REASONED)
