"""A turn of the dialogue: what is asked, with which tools, and what a good answer is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.spec.dialogue.matchers import Matcher, canonical, exact_text

Message = dict[str, Any]
"""One chat message in the shape of OpenAI's chat completions."""

Tool = dict[str, Any]
"""One function tool in the shape of OpenAI's chat completions."""


@dataclass(frozen=True)
class Call:
    """A tool call of a good answer.

    Attributes:
        name: the tool.
        arguments: its arguments.
        same: other words that are as right, each with the word of ``arguments`` that it stands for.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Answer:
    """What a good backend returns for a turn.

    Attributes:
        text: the content; a model may write a text and call tools in one answer.
        calls: the tool calls, in order.
        reasoning: what the model thought before.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    reasoning: str = ""

    @property
    def finish_reason(self) -> str:
        """The finish reason of an answer that was not cut short."""
        return "tool_calls" if self.calls else "stop"


@dataclass(frozen=True)
class Turn:
    """One question of the suite and its good answer.

    Frozen are the fields, not what they hold: messages, tools and parameters are plain lists and dicts, for
    a backend is given them as they stand. The interview asserts that no backend changes them.

    Attributes:
        name: the name in reports and snapshots.
        messages: the messages that are sent.
        answer: the answer of the engine and of the scripts, character by character.
        tools: the tools that are offered.
        params: further keyword arguments of the call, such as ``max_tokens`` or ``response_format``.
        trained: whether the engine learns the turn; it does not where ``params`` cut the answer short.
        matcher: reduces the text of a real model to what the prompt forces.
    """

    name: str
    messages: Sequence[Message]
    answer: Answer
    tools: Sequence[Tool] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = True
    matcher: Matcher = exact_text

    def comparable_calls(self, made: Iterable[tuple[str, Any]]) -> list[str]:
        """Calls by name and arguments, reduced to what the prompt forces; their order does not count."""
        same = {word: meant for call in self.answer.calls for word, meant in call.same.items()}
        return sorted(f"{name} {canonical(arguments, same)}" for name, arguments in made)

    @property
    def digest(self) -> str:
        """Twelve hex digits over everything that is sent; recordings and the engine's model keep them."""
        return digest({"messages": self.messages, "tools": self.tools, "params": self.params})


def digest(value: Any) -> str:
    """Twelve hex digits of SHA-256 over ``value`` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def system(text: str) -> Message:
    """A system message."""
    return {"role": "system", "content": text}


def user(text: str) -> Message:
    """A user message."""
    return {"role": "user", "content": text}


def assistant(text: str) -> Message:
    """An assistant message of text alone."""
    return {"role": "assistant", "content": text}


def calling(*calls: Call, text: str = "") -> Message:
    """An assistant message that calls tools, with the ids ``call_1``, ``call_2`` …"""
    return {
        "role": "assistant",
        "content": text,
        "tool_calls": [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for number, call in enumerate(calls, 1)
        ],
    }


def result(content: str, number: int = 1) -> Message:
    """The result of the ``number``-th call made by :func:`calling`."""
    return {"role": "tool", "tool_call_id": f"call_{number}", "content": content}


def tool(name: str, description: str, /, **properties: Mapping[str, Any]) -> Tool:
    """A function tool whose ``properties`` are all required."""
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": dict(properties),
                "required": list(properties),
            },
        },
    }


def request_of(turn: Turn) -> dict[str, Any]:
    """The keyword arguments that ask ``turn``."""
    tools = {"tools": list(turn.tools)} if turn.tools else {}
    return {**tools, **turn.params}
