"""The items of a response of OpenAI's, and the events that stream them.

Scenarios make of them what no ``Answer`` says: a refusal, reasoning between calls, a tool that the provider
runs itself. Forms and order are those of https://developers.openai.com/api/reference/resources/responses and
of recorded traffic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance.servers.scripted.dialects.dialect import Usage, compact, identifier, named_event, pieces
from conformance.servers.scripted.dialects.openai import CREATED
from conformance.spec.dialogue import Answer

event = named_event

_SETTINGS: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "store": False,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""The settings of a request, which every answer repeats."""

_TEXTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "output_text": ("response.output_text", "text", {"annotations": [], "logprobs": []}),
    "refusal": ("response.refusal", "refusal", {}),
    "reasoning_text": ("response.reasoning_text", "text", {}),
    "summary_text": ("response.reasoning_summary_text", "text", {}),
}
"""For each type of part: the beginning of its events' names, the field with the text, its other fields."""


def items_of(answer: Answer) -> list[dict[str, Any]]:
    """The items of an answer: reasoning, a message, then the calls."""
    items = [reasoning(answer.reasoning, identifier(answer, 0))] if answer.reasoning else []
    if answer.text or not answer.calls:
        items.append(message([part("output_text", answer.text)], identifier(answer, 0)))
    return items + [
        {
            "id": f"fc_{identifier(answer, number)}",
            "type": "function_call",
            "status": "completed",
            "arguments": compact(call.arguments),
            "call_id": f"call_{identifier(answer, number)}",
            "name": call.name,
        }
        for number, call in enumerate(answer.calls)
    ]


def reasoning(text: str, name: str = "1") -> dict[str, Any]:
    """Reasoning as OpenAI shows it: a summary, and all of it encrypted."""
    summary = [part("summary_text", text)]
    return {"id": f"rs_{name}", "type": "reasoning", "encrypted_content": "Z0FBQUFB", "summary": summary}


def message(parts: list[dict[str, Any]], name: str = "1") -> dict[str, Any]:
    """A message of these parts."""
    return {
        "id": f"msg_{name}",
        "type": "message",
        "status": "completed",
        "content": parts,
        "role": "assistant",
    }


def part(kind: str, text: str) -> dict[str, Any]:
    """A part of a message, or of reasoning; ``kind`` is one of ``_TEXTS``."""
    _, field, others = _TEXTS[kind]
    return {"type": kind, **others, field: text}


def response(
    items: list[dict[str, Any]], model: str = "tiny", usage: Usage | None = None, reason: str = "completed"
) -> dict[str, Any]:
    """A whole answer of these items.

    Args:
        items: its output.
        model: the name of the model.
        usage: its tokens; None where they are not counted.
        reason: the status, or why it is incomplete.
    """
    has_status = reason in ("in_progress", "completed", "failed")
    return {
        "id": "resp_000000000000000000000000",
        "object": "response",
        "created_at": CREATED,
        "status": reason if has_status else "incomplete",
        "error": None,
        "incomplete_details": None if has_status else {"reason": reason},
        "model": model,
        "output": items,
        **_SETTINGS,
        "usage": usage and tokens(usage),
    }


def events_of(
    items: Iterable[dict[str, Any]],
    model: str = "tiny",
    usage: Usage | None = None,
    reason: str = "completed",
) -> list[bytes]:
    """The events of a stream of these items; the last one repeats the whole answer."""
    items = list(items)
    begun = response([], model, None, "in_progress")
    end = response(items, model, usage, reason)
    events: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        *(event for index, item in enumerate(items) for event in _events_of_item(index, item)),
        (f"response.{end['status']}", {"response": end}),
    ]
    return [
        named_event(name, **fields, sequence_number=number) for number, (name, fields) in enumerate(events)
    ]


def _events_of_item(index: int, item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An item with its lists and its arguments empty, the events that fill them, and all of it."""
    place = {"item_id": item["id"], "output_index": index}
    empty = {name: type(item[name])() for name in ("content", "summary", "arguments") if name in item}
    status = {"status": "in_progress"} if "status" in item else {}
    yield "response.output_item.added", {"output_index": index, "item": {**item, **empty, **status}}
    for number, each in enumerate(item.get("summary", ())):
        yield from _events_of_part(each, "reasoning_summary_part", {**place, "summary_index": number})
    for number, each in enumerate(item.get("content", ())):
        yield from _events_of_part(each, "content_part", {**place, "content_index": number})
    if "arguments" in item:
        name = f"response.{item['type']}_arguments"
        for piece in pieces(item["arguments"]):
            yield f"{name}.delta", {**place, "delta": piece}
        yield f"{name}.done", {**place, "arguments": item["arguments"], "name": item["name"]}
    yield "response.output_item.done", {"output_index": index, "item": item}


def _events_of_part(
    each: dict[str, Any], kind: str, place: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """A part that is empty, the deltas of its text, the text, and all of it."""
    name, field, others = _TEXTS[each["type"]]
    beside: dict[str, Any] = {"logprobs": []} if "logprobs" in others else {}
    yield f"response.{kind}.added", {**place, "part": {**each, field: ""}}
    for piece in pieces(each[field]):
        yield f"{name}.delta", {**place, **beside, "delta": piece}
    yield f"{name}.done", {**place, **beside, field: each[field]}
    yield f"response.{kind}.done", {**place, "part": each}


def tokens(usage: Usage) -> dict[str, Any]:
    """The usage with its details."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.completion_tokens // 2},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
