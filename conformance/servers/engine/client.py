"""Asks the real server a turn of the dialogue and compares the answer with the taught one."""

from __future__ import annotations

import json
from typing import Any

import httpx

from conformance.spec.dialogue import Answer, Call, Turn


class TrainingError(Exception):
    """The model did not learn the dialogue."""


# The server closes the connection after a stream without announcing it; when it was kept alive, 12 of 3000
# requests after a stream failed (measured).
NO_REUSE = httpx.Limits(max_keepalive_connections=0)


def connect(url: str, *, api_key: str | None = None) -> httpx.Client:
    """An HTTP client of the server at ``url`` that uses no proxy, not even for loopback requests."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else None
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60, limits=NO_REUSE)


def completion_request(turn: Turn) -> dict[str, Any]:
    """The body of a chat completion that asks ``turn``."""
    tools = {"tools": turn.tools} if turn.tools else {}
    return {"model": "tiny", "messages": turn.messages, **tools, **turn.params}


def ask(client: httpx.Client, turn: Turn) -> tuple[Answer, str]:
    """The server's answer to ``turn`` and its finish reason."""
    response = client.post("/v1/chat/completions", json=completion_request(turn)).raise_for_status()
    choice = response.json()["choices"][0]
    return decoded(choice["message"]), choice["finish_reason"]


def decoded(message: dict[str, Any]) -> Answer:
    """A message of the server as an answer of the dialogue."""
    functions = [call["function"] for call in message.get("tool_calls") or []]
    return Answer(
        text=message.get("content") or "",
        calls=tuple(Call(function["name"], json.loads(function["arguments"])) for function in functions),
        reasoning=message.get("reasoning_content") or "",
    )


def mismatch(client: httpx.Client, turn: Turn) -> str | None:
    """How the server's answer to ``turn`` differs from the taught one, or None."""
    answer, reason = ask(client, turn)
    if (answer, reason) == (turn.answer, turn.answer.finish_reason):
        return None
    return f"{turn.name}: {answer} ({reason}) instead of {turn.answer} ({turn.answer.finish_reason})"
