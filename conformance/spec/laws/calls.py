"""Tool calls, compared part by part, so that a failure names the part that is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.spec.dialogue import Turn
from conformance.spec.expectations import record_expected
from conformance.spec.laws.forms import is_an_answer
from provider.response import LLMResponse, ToolCall

MADE_UP = None
"""In place of an id: the server sent no id, so the backend makes one."""

Calls = list[tuple[str | None, str, str]]
"""Calls by id, name and arguments; the arguments are text, which need not be JSON."""


def calls_are(response: LLMResponse, calls: Calls) -> None:
    """The response is an answer with exactly these calls, in this order."""
    wanted = [{"name": name, "arguments": arguments} for _, name, arguments in calls]
    record_expected(response, tool_calls=wanted)
    is_an_answer(response)
    assert len(response.tool_calls) == len(calls)
    for call, (sent, name, arguments) in zip(response.tool_calls, calls, strict=True):
        assert call["name"] == name
        assert call["arguments"] == arguments
        assert sent is MADE_UP or call["id"] == sent


def has_calls(response: LLMResponse, wanted: Sequence[tuple[str, Any]], turn: Turn | None = None) -> None:
    """The response has these calls by name and parsed arguments, in this order.

    Args:
        response: the response.
        wanted: the calls.
        turn: what a real model was asked; it may call in another order, and in other words for the same.
    """
    assert len(response.tool_calls) == len(wanted)
    made = list(response.tool_calls)
    if turn is not None:
        made = sorted(made, key=lambda call: turn.comparable_calls([_parsed(call)]))
        wanted = sorted(wanted, key=lambda call: turn.comparable_calls([call]))
    for call, (name, arguments) in zip(made, wanted, strict=True):
        assert call["name"] == name
        assert _reduced(json.loads(call["arguments"]), turn) == _reduced(arguments, turn)


def _reduced(arguments: Any, turn: Turn | None) -> object:
    """The arguments, reduced to what the prompt of ``turn`` forces."""
    return arguments if turn is None else turn.comparable_calls([("", arguments)])


def calls_of(response: LLMResponse) -> list[tuple[str, Any]]:
    """Name and parsed arguments of each call: servers space JSON differently."""
    return [_parsed(call) for call in response.tool_calls]


def _parsed(call: ToolCall) -> tuple[str, Any]:
    return call["name"], json.loads(call["arguments"])
