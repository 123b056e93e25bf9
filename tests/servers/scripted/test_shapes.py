"""The dialects beside real traffic: no field that it never has, and none missing that it always has.

No recording tests: they compare shapes, and ask no backend.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import pytest

from conformance.servers.scripted.dialects import USAGE, ErrorKind, Usage, dialect
from conformance.spec.dialogue import Answer, tools
from tests.corpus.traffic import (
    NO_TRAFFIC,
    Structure,
    body,
    body_bytes,
    event_data,
    frame_data,
    line_data,
    recorded,
)

PLAIN = Answer("Hello, world!")
CALLING = tools.PARALLEL_MIXED.answer
THINKING = Answer("Hello, world!", reasoning="They greet me.")
STREAMED_USAGE = {"azure": None, "groq": Usage(12, 5), "mistral": Usage(12, 5)}
"""Azure was not asked for the usage of a stream, and these two had no cached tokens to tell."""
FILES = {
    "openai": "openai/chat_completions",
    "anthropic": "anthropic/messages",
    "azure": "azure_openai/chat_completions",
    "bedrock": "bedrock/converse",
    "cohere": "cohere/chat_v2",
    "groq": "groq/chat_completions",
    "mistral": "mistral/chat_completions",
    "openrouter": "openrouter/chat_completions",
    "deepseek": "deepseek/chat_completions",
    "huggingface": "huggingface/chat_completions",
    "ollama": "ollama/chat",
    "ollama-generate": "ollama/generate",
    "snowflake": "snowflake_cortex/chat_completions",
}
UNRECORDED = {
    # No recorded answer of Azure calls a tool, and no stream of these two does;
    # the thoughts in OpenRouter's are encrypted.
    ("azure", "json"): (CALLING,),
    ("azure", "stream"): (CALLING,),
    ("mistral", "stream"): (CALLING,),
    ("openrouter", "stream"): (CALLING, THINKING),
    # DeepSeek's are of a model that thinks, Ollama's of models without tools, and Snowflake's streams of
    # Claude, of which it tells no finish reason; Hugging Face has no stream.
    ("huggingface", "stream"): (PLAIN, CALLING),
    ("deepseek", "json"): (PLAIN, CALLING),
    ("deepseek", "stream"): (CALLING,),
    ("ollama", "json"): (CALLING,),
    ("ollama", "stream"): (CALLING,),
    ("ollama-generate", "json"): (CALLING,),
    ("ollama-generate", "stream"): (CALLING,),
    ("snowflake", "stream"): (PLAIN, CALLING, THINKING),
}
THINKERS = ("deepseek", "groq", "mistral", "openrouter", "snowflake")
"""Those of OpenAI's imitators whose recordings hold thoughts, each in its own way."""
RECORDED_ERRORS: dict[str, tuple[ErrorKind, ...]] = {
    "openai": get_args(ErrorKind),
    "anthropic": get_args(ErrorKind),
    "azure": ("not_found",),
    "bedrock": get_args(ErrorKind),
    "cohere": get_args(ErrorKind),
    "groq": get_args(ErrorKind),
    "openrouter": ("rate_limit",),
}
"""What a recorded error can say of ours: Azure's gateway and filter have other shapes, Mistral has none."""


def recorded_answers(mode: str) -> pytest.MarkDecorator:
    """Every dialect with what its recordings of ``mode`` hold."""
    return pytest.mark.parametrize(
        ("name", "answer"),
        [
            pytest.param(name, answer, id=f"{name}-{about}")
            for name in FILES
            for about, answer in (("text", PLAIN), ("tools", CALLING), ("thoughts", THINKING))
            if answer not in UNRECORDED.get((name, mode), ()) and (answer is not THINKING or name in THINKERS)
        ],
    )


READERS = {"bedrock": frame_data, "ollama": line_data, "ollama-generate": line_data}

# What other traffic of the same kind showed that is not in the folder: tool uses and cached tokens in
# Bedrock's streams, and Cohere's errors.
CACHED = (
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokens",
    "cacheWriteInputTokenCount",
)
COUNTS = dict.fromkeys((*CACHED, "inputTokens", "outputTokens", "totalTokens"), 0)
TOOL_USE = {"toolUse": {"name": "", "toolUseId": ""}}
ELSEWHERE: dict[tuple[str, str, bool], list[Any]] = {
    ("bedrock", "stream", False): [
        {"contentBlockStart": {"contentBlockIndex": 0, "p": "", "start": TOOL_USE}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "p": "", "delta": {"toolUse": {"input": ""}}}},
        {"metadata": {"metrics": {"latencyMs": 0}, "p": "", "usage": COUNTS}},
    ],
    ("cohere", "json", True): [{"id": "", "message": ""}],
}


@cache
def real(name: str, mode: str, *, error: bool = False) -> Structure:
    interactions = recorded(f"{FILES[name]}-{mode}-*.json", lambda one: ("error" in one["tags"]) is error)
    elsewhere = ELSEWHERE.get((name, mode, error), [])
    if not interactions and not (error and elsewhere):
        pytest.skip(NO_TRAFFIC)
    if mode == "json":
        return Structure.of([*(body(one) for one in interactions), *elsewhere])
    return Structure.of(
        [*(each for one in interactions for each in events_in(name, body_bytes(one))), *elsewhere]
    )


def events_in(name: str, data: bytes) -> list[Any]:
    """The events of a stream, read as the dialect writes them."""
    return READERS.get(name, event_data)(data)


@recorded_answers("json")
def test_a_completion_looks_like_real_ones(name: str, answer: Answer) -> None:
    assert real(name, "json").differences(dialect(name).completion(answer)) == set()


@recorded_answers("stream")
def test_events_look_like_real_ones(name: str, answer: Answer) -> None:
    usage = STREAMED_USAGE.get(name, USAGE)
    ours = events_in(name, b"".join(dialect(name).events(answer, usage=usage)))
    assert ours
    assert [difference for event in ours for difference in real(name, "stream").differences(event)] == []


@pytest.mark.parametrize("name", RECORDED_ERRORS)
def test_errors_look_like_real_ones(name: str) -> None:
    shapes = real(name, "json", error=True)
    for kind in RECORDED_ERRORS[name]:
        assert shapes.differences(dialect(name).error(kind).body) == set()


def test_an_error_in_a_stream_of_groq_looks_like_a_real_one() -> None:
    shapes = real("groq", "stream", error=True)
    for kind in get_args(ErrorKind):
        [event] = event_data(dialect("groq").error_event(kind))
        assert shapes.differences(event) == set()
