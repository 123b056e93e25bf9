"""The same laws for every wire, each with its own bytes: finish reasons, further events, parts of an answer.

Scripts: no server sends them on demand. A row is asked of the targets that speak its wire.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.testing import USAGE, Answer, Call, Dialect, Play, anthropic, bedrock, laws, raw, text, tools

COUNT = text.COUNT
WHOLE = ("openai", "anthropic")
"""The wires with targets that are asked every scenario."""


WITHOUT_REASONING = ("bedrock-invoke-titan", "bedrock-invoke-mistral", "bedrock-invoke-llama", "gigachat")
"""The wires that have no place for reasoning; GigaChat's has one call a message, too."""


def row(id_: str, wires: str | tuple[str, ...], *values: Any) -> Any:
    """A case for the targets that speak one of these wires."""
    spoken = (wires,) if isinstance(wires, str) else wires
    core = [] if wires in WHOLE else [pytest.mark.core]
    return pytest.param(*values, id=f"{spoken[0]}-{id_}", marks=[pytest.mark.dialects(*spoken), *core])


def hosted(id_: str, answer: Answer) -> Any:
    """A case of the core, for the targets of all other wires."""
    needs = [pytest.mark.needs("tools")] if answer.calls else []
    lacking = (*WITHOUT_REASONING,) if answer.reasoning else ()
    lacking += ("gigachat",) if len(answer.calls) > 1 else ()
    marks = [pytest.mark.dialects(but=(*WHOLE, *lacking)), pytest.mark.core, *needs]
    return pytest.param(answer, id=f"hosted-{id_}", marks=marks)


FINISH_REASONS: dict[str, dict[str, tuple[str, str | None]]] = {
    "bedrock": {
        "end_turn": ("stop", None),
        "stop_sequence": ("stop", None),
        "max_tokens": ("length", None),
        "something_new": ("something_new", None),
        "model_context_window_exceeded": ("length", None),
        "malformed_model_output": ("error", "server"),
        "malformed_tool_use": ("error", "server"),
        "guardrail_intervened": ("content_filter", "content_filter"),
        "content_filtered": ("content_filter", "content_filter"),
    },
    "cohere": {
        "COMPLETE": ("stop", None),
        "STOP_SEQUENCE": ("stop", None),
        "MAX_TOKENS": ("length", None),
        "SOMETHING_NEW": ("SOMETHING_NEW", None),
        "ERROR": ("error", "server"),
        "ERROR_TOXIC": ("content_filter", "content_filter"),
    },
    "anthropic": {"pause_turn": ("stop", None), "compaction": ("length", None)},
    "bedrock-invoke-titan": {
        "STOP_CRITERIA_MET": ("stop", None),
        "SOMETHING_NEW": ("SOMETHING_NEW", None),
        "CONTENT_FILTERED": ("content_filter", "content_filter"),
    },
    "bedrock-invoke-mistral": {"length": ("length", None), "something_new": ("something_new", None)},
    "gigachat": {"blacklist": ("content_filter", "content_filter"), "error": ("error", "server")},
    "oci": {
        "COMPLETE": ("stop", None),
        "MAX_TOKENS": ("length", None),
        "something_new": ("something_new", None),
        "ERROR": ("error", "server"),
        "ERROR_LIMIT": ("length", None),
        "ERROR_TOXIC": ("content_filter", "content_filter"),
    },
    "responses": {
        "max_output_tokens": ("length", None),
        "steered": ("steered", None),
        "content_filter": ("content_filter", "content_filter"),
        "failed": ("error", "server"),
    },
    "azure": {"content_filter": ("content_filter", "content_filter")},
    "together": {"eos": ("stop", None), "something_new": ("something_new", None)},
    "huggingface": {"eos_token": ("stop", None), "length": ("length", None)},
    "deepseek": {"insufficient_system_resource": ("insufficient_system_resource", "overloaded")},
    "ollama": {"length": ("length", None), "something_new": ("something_new", None)},
    "ollama-generate": {"length": ("length", None), "something_new": ("something_new", None)},
    # vllm-project/vllm#53363; litellm does it too: it demands an object from older models by a tool.
    "groq": {"tool_calls": ("stop", None)},
}
"""The provider's reason, the contract's, and the kind of the error that it is."""


@pytest.mark.parametrize(
    ("reason", "ours", "kind"),
    [
        row(reason, wire, reason, *means)
        for wire, reasons in FINISH_REASONS.items()
        for reason, means in reasons.items()
    ],
)
def test_finish_reasons_are_translated(
    reason: str, ours: str, kind: str | None, play: Play, dialect: Dialect
) -> None:
    """A finish reason is translated into the contract's, an unknown one is passed on, and the text is kept.

    BerriAI/litellm#33320, mozilla-ai/any-llm#1301: an answer cut at its limit looked complete;
    openai/openai-agents-python#4159: so did a filtered one, and it was requested again.
    """
    llm = play(dialect.answering(COUNT.answer, finish_reason=reason))

    for response in laws.ask_both_ways(llm, COUNT.messages):
        laws.has_fields(response, content=COUNT.answer.text, finish_reason=ours, error_kind=kind)
        assert response.tool_calls == []


def sent(*events: raw.RawEvent) -> bytes:
    """Chunks of OpenAI's wire as bytes."""
    return b"".join(raw.events(*events))


EVERYWHERE = None
"""After each event."""

FILTERED = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}]
RESULTS = raw.chunk_without_choice(id="", created=0, model="", object="", prompt_filter_results=FILTERED)
ANNOTATIONS = raw.chunk_without_choice(prompt_annotations=FILTERED, usage=None)
MOOD = {"type": "mood_delta", "mood": "fine"}

ADDED = [
    row("ping", "anthropic", EVERYWHERE, anthropic.event("ping")),
    row("unknown-event", "anthropic", 1, anthropic.event("conversation_moved", note={"to": "elsewhere"})),
    row("unknown-delta", "anthropic", 2, anthropic.event("content_block_delta", index=0, delta=MOOD)),
    row(
        "empty-delta",
        "bedrock",
        EVERYWHERE,
        bedrock.event("contentBlockDelta", contentBlockIndex=0, delta={"text": ""}),
    ),
    row("unknown-event", "bedrock", EVERYWHERE, bedrock.event("contentBlockNews", contentBlockIndex=0)),
    row("empty-thinking", "mistral", 1, sent(raw.chunk({"content": [{"type": "thinking", "thinking": []}]}))),
    # pydantic/pydantic-ai#164, simonw/llm#294, run-llama/llama_index#7640: choices[0] of a chunk without one
    *(row("filter-results", wire, 0, sent(RESULTS)) for wire in ("azure", "openai")),
    # seratch/ChatGPT-in-Slack#49
    *(row("filter-annotations", wire, 0, sent(ANNOTATIONS)) for wire in ("azure", "openai")),
    row("comment-after-an-id", "openai", EVERYWHERE, b"id: 7\n\n: ping\n\n"),
    row("bare-colons", "openai", EVERYWHERE, b":\n\n:\n\n"),
    row("ping", "openai", EVERYWHERE, b"event: ping\ndata:\n\n"),
    row("empty-text", "openai", EVERYWHERE, b'event: ping\ndata: ""\n\n'),
    row("null", "openai", EVERYWHERE, b"data: null\n\n"),
    row("name-alone", "openai", EVERYWHERE, b"event: keepalive\n\n"),
    *(
        row(f"named-{name}", "openai", EVERYWHERE, f"event: {name}\ndata: still here\n\n".encode())
        for name in ("ping", "keepalive", "keep-alive", "heartbeat")
    ),
    row("typed-heartbeat", "openai", EVERYWHERE, b'data: {"type": "heartbeat", "n": 1}\n\n'),
    row("empty-object", "openai", EVERYWHERE, b"data: { }\n\n"),
]
"""Behind how many events of a stream something is sent, and its bytes."""


@pytest.mark.parametrize(("place", "added"), ADDED)
def test_events_beside_the_answer_are_ignored(
    place: int | None, added: bytes, play: Play, dialect: Dialect
) -> None:
    """Pings, comments, unknown events, filter results and empty deltas do not change the answer or its usage.

    openai/openai-python#2722, ggml-org/llama.cpp#24013, caozhiyuan/copilot-api#88,
    diegosouzapw/OmniRoute#1146: each was parsed as a part of the answer.
    """
    events = dialect.events(COUNT.answer)
    if place is EVERYWHERE:
        events = [part for each in events for part in (each, added)]
    else:
        events.insert(place, added)
    llm = play(dialect.streamed(events))

    response = laws.read(llm.stream(COUNT.messages))

    laws.is_the_answer(response, COUNT.answer)
    assert response.completion_tokens == USAGE.completion_tokens


THOUGHT = "First this,\nthen < that >."
ANSWERS = {
    "reasoning": Answer("Yes.", reasoning=THOUGHT),
    "reasoning-and-call": Answer("One moment.", calls=(tools.PARIS,), reasoning=THOUGHT),
    "text-and-calls": Answer("I will look up both cities.", calls=tools.PARALLEL.answer.calls),
    "calls-without-text": Answer(calls=tools.PARALLEL.answer.calls),
    "empty-input-between": Answer("One moment.", calls=(tools.PARIS, Call("get_time"), tools.PARIS)),
    "line-separators": text.LINE_SEPARATORS.answer,
}


@pytest.mark.parametrize(
    "answer",
    [
        *(pytest.param(answer, id=name) for name, answer in ANSWERS.items()),
        *(hosted(name, answer) for name, answer in ANSWERS.items()),
    ],
)
def test_text_reasoning_and_calls_are_kept_apart(answer: Answer, play: Play, dialect: Dialect) -> None:
    """Text, reasoning and tool calls of one answer are reported in their own fields, in any combination.

    vllm-project/vllm#56263 (text beside a call was lost), microsoft/agent-framework#6978 and
    simonw/llm-mistral#39 (content in a list), comet-ml/opik#8362 (two calls became one),
    microsoft/autogen#6979 and vercel/ai#10859 (an empty input is not JSON).
    """
    llm = play(dialect.answering(answer))

    offered = [tools.WEATHER] if answer.calls else None

    for response in laws.ask_both_ways(llm, COUNT.messages, tools=offered):
        laws.is_the_answer(response, answer)
