"""What differs between two recordings of the same answer, and nothing else.

The place of an id is named by its whole path, because a key alone cannot tell the id of an answer from
the name of a model, or from an argument of a tool that happens to be called ``id``.
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
        # None stands for any item of a list, which no key can be mistaken for.
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

_QUESTION_IDS = _paths("""
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
"""Keys of texts whose wording nobody relies on: a model's, an error's, what is encrypted, padding."""

UNSAID = _keys("""
    system_fingerprint service_tier serviceTier
    logprobs logprobsResult annotations citations citationMetadata groundingMetadata
    safetyRatings content_filter_results content_filter_offsets prompt_filter_results
""")
"""Keys of which only the presence counts: the build that answered, and what hangs on the words it chose."""

MEASURED = _keys("""
    created created_at completed_at createTime expires_at sequence_number seed
    usage usageMetadata usage_breakdown timings time_info metrics meta avgLogprobs
""")
"""Keys under which only names and types count: times, tokens, durations."""

OCCASIONAL = _keys("cachedContentTokenCount cacheTokensDetails thoughtsTokenCount")
"""Keys that a provider leaves out where the count is nought."""

ARGUMENTS = frozenset({"arguments", "args", "input", "partial_json"})
"""Keys of the arguments of a call, as an object or as its text, or of a piece of that text."""


def ids(answer: Any) -> Iterator[str]:
    """The ids that a server made up in ``answer``, the JSON of a response or of one of its events."""
    for path, value in _parts(answer, ()):
        # An empty id is a wrong answer, not another id.
        if path in _ids_of(answer) and isinstance(value, str) and value:
            yield value


def repeated_ids(question: Any) -> Iterator[str]:
    """The ids of earlier answers that ``question``, the JSON of a request, repeats."""
    for path, value in _parts(question, ()):
        if path in _QUESTION_IDS and isinstance(value, str) and value:
            yield value


def normalised_answer(answer: Any, names: Mapping[str, str]) -> Any:
    """``answer`` with its ids renamed."""
    return _settled(answer, (), _ids_of(answer), names, frozenset())


def normalised_request(question: Any, names: Mapping[str, str], said: Collection[str]) -> Any:
    """``question``, the JSON of a request, with what it repeats of answers renamed: ids and free texts."""
    return _settled(question, (), _QUESTION_IDS, names, said)


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
    value: Any, path: _Path, ids: frozenset[_Path], names: Mapping[str, str], said: Collection[str]
) -> Any:
    if isinstance(value, str):
        if path in ids:
            return names.get(value, value)
        return "<said>" if value in said else value
    if isinstance(value, dict):
        return {key: _settled(item, (*path, key), ids, names, said) for key, item in value.items()}
    if isinstance(value, list):
        return [_settled(item, (*path, None), ids, names, said) for item in value]
    return value
