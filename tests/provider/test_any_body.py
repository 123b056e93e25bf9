"""Any JSON that a server sends is decoded to an answer or raises an error of the contract.

No recording tests: this is a property of all bodies.
"""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from provider import LLMProviderError, LLMResponse
from provider.chat.decoding import decode_completion
from tests.provider.bodies import chunk, completion, said, streamed

FIELDS = [
    *("choices", "message", "delta", "content", "text", "refusal", "reasoning", "thinking", "finish_reason"),
    *("tool_calls", "function", "id", "name", "arguments", "index", "thinking_blocks", "signature"),
    *("usage", "prompt_tokens", "completion_tokens", "prompt_tokens_details", "cached_tokens"),
    *("error", "code", "type", "message", "object"),
]
WORDS = ["text", "thinking", "error", "stop", "content_filter", "<think>", "</think>", "429", ""]
texts = st.text(st.characters())
"""Including lone surrogates, which JSON may contain."""
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=16,
)
messages = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6)


@given(body=json_values | st.builds(completion, json_values | messages, json_values, usage=json_values))
@example(body=completion({**said(""), "thinking_blocks": [{"type": "thinking", "thinking": 7}]}))
def test_any_body_at_all_is_an_answer_or_an_error_of_the_contract(body: Any) -> None:
    with contextlib.suppress(LLMProviderError):
        is_well_formed(decode_completion(body))


@given(chunks=st.lists(json_values | st.builds(chunk, messages, json_values, usage=json_values), max_size=5))
@example(chunks=[chunk({"thinking_blocks": [{"type": "thinking", "thinking": each}]}) for each in ("a", 7)])
def test_any_chunks_at_all_are_an_answer_or_an_error_of_the_contract(chunks: list[Any]) -> None:
    with contextlib.suppress(LLMProviderError):
        deltas, response = streamed(chunks)
        assert "".join(deltas) == response.content
        is_well_formed(response)


def is_well_formed(response: LLMResponse) -> None:
    assert isinstance(response.content, str)
    assert isinstance(response.reasoning, str)
    for call in response.tool_calls:
        assert call["id"]
        assert call["name"]
        assert isinstance(call["arguments"], str)
