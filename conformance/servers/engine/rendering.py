"""An answer as the text that the chat template and the server expect."""

from __future__ import annotations

import json

from conformance.spec.dialogue import Answer, Call

END = "<|end|>"
"""Ends every message, and with it an answer."""

CONTROL = (END, "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
"""Tokens that the server never shows."""

MARKUP = ("<think>", "</think>", "<tool_call>", "</tool_call>")
"""Tokens that the server parses: reasoning, a tool call."""


def rendered(answer: Answer) -> str:
    """The exact text that the model is taught for ``answer``."""
    return rendered_reasoning(answer) + answer.text + "".join(map(rendered_call, answer.calls)) + END


def rendered_reasoning(answer: Answer) -> str:
    """The reasoning before an answer.

    The server drops white space between its prompt and the answer, but not after reasoning, and an empty
    reasoning leaves no trace.
    """
    if answer.reasoning or answer.text[:1].isspace():
        return f"<think>{answer.reasoning}</think>"
    return ""


def rendered_call(call: Call) -> str:
    """One tool call."""
    body = {"name": call.name, "arguments": dict(call.arguments)}
    return f"<tool_call>{json.dumps(body, ensure_ascii=False)}</tool_call>"
