"""What differs between two recordings of the same answer, and nothing else: ids and times.

Each place is named by its whole path, because a key alone cannot tell the id of an answer from the
name of a model, or from an argument of a tool that happens to be called ``id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_Path = tuple[str | None, ...]


def _paths(text: str) -> frozenset[_Path]:
    return frozenset(_path(line) for line in text.split())


def _path(text: str) -> _Path:
    steps: list[str | None] = []
    for step in text.split("."):
        # None stands for any item of a list, which no key can be mistaken for.
        steps += [step[:-2], None] if step.endswith("[]") else [step]
    return tuple(steps)


# Chat completions, Anthropic messages, OpenAI responses, Gemini, Bedrock, Cohere.
_ANSWER_IDS = _paths("""
    id request_id
    choices[].message.tool_calls[].id choices[].delta.tool_calls[].id
    content[].id message.id content_block.id
    output[].id output[].call_id item.id item.call_id item_id
    response.id response.output[].id response.output[].call_id
    responseId candidates[].content.parts[].functionCall.id
    output.message.content[].toolUse.toolUseId
    message.tool_calls[].id delta.message.tool_calls.id
""")

_QUESTION_IDS = _paths("""
    messages[].tool_calls[].id messages[].tool_call_id
    messages[].content[].id messages[].content[].tool_use_id
    messages[].content[].toolUse.toolUseId messages[].content[].toolResult.toolUseId
    input[].id input[].call_id previous_response_id
    contents[].parts[].functionCall.id contents[].parts[].functionResponse.id
""")

_TIMES = _paths("""
    created created_at completed_at createTime data[].created
    response.created_at response.completed_at
    timings system_fingerprint
    media_marker
""")
"""Beside times: the build of the server, and the mark that llama.cpp draws at every start."""


def ids(answer: Any) -> Iterator[str]:
    """The ids that a server made up in ``answer``, the JSON of a response or of one of its events."""
    for path, value in _parts(answer, ()):
        # An empty id is a wrong answer, not another id.
        if path in _ids_of(answer) and isinstance(value, str) and value:
            yield value


def settled_answer(answer: Any, names: Mapping[str, str]) -> Any:
    """``answer`` with its ids renamed and its times blanked."""
    return _settled(answer, (), _ids_of(answer), _TIMES, names)


def settled_question(question: Any, names: Mapping[str, str]) -> Any:
    """``question``, the JSON of a request, with the ids of answers that it repeats renamed."""
    return _settled(question, (), _QUESTION_IDS, frozenset(), names)


def _ids_of(answer: Any) -> frozenset[_Path]:
    # The id of a model is its name.
    is_model = isinstance(answer, dict) and answer.get("object") == "model"
    return frozenset() if is_model else _ANSWER_IDS


def _parts(value: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _parts(value[key], (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item, (*path, None))


def _settled(
    value: Any, path: _Path, ids: frozenset[_Path], times: frozenset[_Path], names: Mapping[str, str]
) -> Any:
    if path in times:
        return f"<{type(value).__name__}>"
    if path in ids and isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: _settled(item, (*path, key), ids, times, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_settled(item, (*path, None), ids, times, names) for item in value]
    return value
