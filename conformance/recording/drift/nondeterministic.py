"""The parts of an answer that differ between two recordings of it.

An id is listed with its whole path: a key alone does not distinguish the id of an answer from the name
of a model, or from an argument of a tool that happens to be called ``id``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

_Path = tuple[str | None, ...]


def _paths(text: str) -> frozenset[_Path]:
    return frozenset(_path(line) for line in text.split())


def _path(text: str) -> _Path:
    steps: list[str | None] = []
    for step in text.split("."):
        # None is any item of a list.
        steps += [step[:-2], None] if step.endswith("[]") else [step]
    return tuple(steps)


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Chat completions, Anthropic messages, OpenAI responses, Gemini, Bedrock, Cohere.
_ANSWER_IDS = _paths("""
    id request_id x_groq.id
    choices[].message.tool_calls[].id choices[].delta.tool_calls[].id
    content[].id content[].tool_use_id message.id content_block.id content_block.tool_use_id
    output[].id output[].call_id item.id item.call_id item_id
    response.id response.output[].id response.output[].call_id
    responseId candidates[].content.parts[].functionCall.id
    output.message.content[].toolUse.toolUseId
    message.tool_calls[].id delta.message.tool_calls.id
""")

_REQUEST_IDS = _paths("""
    messages[].tool_calls[].id messages[].tool_call_id
    messages[].content[].id messages[].content[].tool_use_id
    messages[].content[].toolUse.toolUseId messages[].content[].toolResult.toolUseId
    input[].id input[].call_id previous_response_id
    contents[].parts[].functionCall.id contents[].parts[].functionResponse.id
    contents[].parts[].function_call.id contents[].parts[].function_response.id
""")

PROSE = _keys("""
    text content reasoning reasoning_content thinking refusal delta summary tool_plan output_text
    signature thoughtSignature thought_signature encrypted_content redactedContent data
    message error detail finishMessage failed_generation partial_json
    obfuscation p media_marker
""")
"""Keys of texts whose wording is free: those of a model or an error, encrypted ones, padding."""

PRESENCE_ONLY = _keys("""
    system_fingerprint service_tier serviceTier
    logprobs logprobsResult annotations citations citationMetadata groundingMetadata
    safetyRatings content_filter_results content_filter_offsets prompt_filter_results
""")
"""Keys of which only the presence counts: the build of the server, and what depends on the wording."""

MEASURED = _keys("""
    created created_at completed_at createTime expires_at sequence_number seed
    usage usageMetadata usage_breakdown timings time_info metrics meta avgLogprobs
""")
"""Keys below which only names and types count: times, tokens, durations."""

OCCASIONAL = _keys("cachedContentTokenCount cacheTokensDetails thoughtsTokenCount")
"""Keys that a provider leaves out where the count is zero."""

ARGUMENTS = frozenset({"arguments", "args", "input", "partial_json"})
"""Keys of the arguments of a call, as an object or as its text, or of a piece of that text."""


def ids(answer: Any) -> Iterator[str]:
    """The ids that a server has generated in ``answer``, the JSON of a response or of an event."""
    for path, value in _parts(answer, ()):
        # An empty id is a wrong answer and must stay visible.
        if path in _ids_of(answer) and isinstance(value, str) and value:
            yield value


def repeated_ids(request: Any) -> Iterator[str]:
    """The ids of earlier answers in ``request``, the JSON of a request."""
    for path, value in _parts(request, ()):
        if path in _REQUEST_IDS and isinstance(value, str) and value:
            yield value


def normalised_answer(answer: Any, names: Mapping[str, str]) -> Any:
    """``answer`` with its ids renamed."""
    return _normalised(answer, (), _ids_of(answer), names, frozenset())


def normalised_request(request: Any, names: Mapping[str, str], texts: Collection[str]) -> Any:
    """``request``, the JSON of a request, with the ids and the ``texts`` of earlier answers renamed."""
    return _normalised(request, (), _REQUEST_IDS, names, texts)


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


def _normalised(
    value: Any, path: _Path, ids: frozenset[_Path], names: Mapping[str, str], texts: Collection[str]
) -> Any:
    if isinstance(value, str):
        if path in ids:
            return names.get(value, value)
        return "<text of an answer>" if value in texts else value
    if isinstance(value, dict):
        return {key: _normalised(item, (*path, key), ids, names, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_normalised(item, (*path, None), ids, names, texts) for item in value]
    return value
