"""Histories travel: what one provider has really answered is sent back to it, and its state to no other.

Each recorded answer with state of its provider becomes a message, and every kind of receiver is asked with
it. No scenario, because these recordings may not be redistributed (``tests.corpus.test_traffic``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer, always, reply
from provider import LiteLLM, LMStudioLLM, OpenAILLM
from tests.corpus.test_traffic import ROUTES, Replayed, Route, name_of
from tests.corpus.traffic import NO_TRAFFIC, TRAFFIC
from tests.provider.routes import KEY

CLAUDE = "bedrock/converse/anthropic.claude-3-7-sonnet-20250219-v1:0"
SENDERS = {
    **{label: ROUTES[label] for label in ("openai@any", "openai@responses", "litellm@anthropic")},
    "litellm@gemini": ROUTES["litellm@gemini"],
    # To other models litellm sends no reasoning that was redacted.
    "litellm@bedrock": replace(ROUTES["litellm@bedrock"], model=CLAUDE),
}
"""The routes whose answers are sent on: a wire each."""

NOT_TAKEN_BACK = {
    "anthropic/messages-json-031": "litellm tells what a search of Anthropic has found, and sends it nowhere",
}
"""What does not return to its provider, and why."""

RECEIVERS = {
    "openai": Route(OpenAILLM, "m", "openai", "", "/v1"),
    "responses": Route(OpenAILLM, "m", "responses", "", "/v1", api="responses"),
    "lmstudio": Route(LMStudioLLM, "m", "openai", "", "/v1"),
    "anthropic": Route(LiteLLM, "anthropic/m", "anthropic", ""),
    "gemini": Route(LiteLLM, "gemini/m", "gemini", "", "/v1beta"),
    "bedrock": Route(LiteLLM, "bedrock/converse/m", "converse", ""),
    "cohere": Route(LiteLLM, "cohere_chat/m", "cohere", "", "/v2/chat"),
    "mistral": Route(LiteLLM, "mistral/m", "openai", "", "/v1"),
}

OPAQUE = re.compile(r'"[^"]*(?:signature|encrypted|redacted|opaque)[^"]*": ?"([^" ]{16,})"', re.IGNORECASE)
"""A field that holds state of the provider's, and its text."""

LATER = {"role": "user", "content": "And then?"}
AT_MOST = 12
"""Recorded answers of each sender, so that the sweep takes seconds; the longest states first."""


def states(file: Path) -> set[str]:
    """The texts of the provider's state in a recorded answer."""
    body = json.loads(file.read_text("utf-8"))["response"]["body"]
    written = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return set(OPAQUE.findall(written))


def cases() -> Iterator[Any]:
    for label in SENDERS:
        files = [file for file in sorted(TRAFFIC.glob(SENDERS[label].pattern)) if states(file)]
        for file in sorted(files, key=lambda file: -max(map(len, states(file))))[:AT_MOST]:
            yield pytest.param(label, file, id=f"{name_of(file)}-{label}")


@pytest.fixture(scope="module")
def replayed() -> Iterator[dict[str, Replayed]]:
    opened: dict[str, Replayed] = {}
    yield opened
    for each in opened.values():
        each.stop()


@pytest.fixture(scope="module")
def receivers() -> Iterator[dict[str, tuple[Any, ScriptedServer]]]:
    opened = {}
    for name, route in RECEIVERS.items():
        server = ScriptedServer(always(reply({"error": {"message": "enough"}}, 400)))
        options: dict[str, Any] = {"api": route.api} if route.api else {}
        llm = route.backend(
            route.model, api_key=KEY, base_url=server.url + route.path, max_retries=0, **options
        )
        assert llm.load()
        opened[name] = llm, server
    yield opened
    for llm, server in opened.values():
        llm.unload()
        server.stop()


@pytest.mark.skipif(not TRAFFIC.is_dir(), reason=NO_TRAFFIC)
@pytest.mark.parametrize(("label", "file"), list(cases()))
def test_state_is_sent_back_and_to_no_other_provider(
    label: str,
    file: Path,
    replayed: dict[str, Replayed],
    receivers: dict[str, tuple[Any, ScriptedServer]],
) -> None:
    sender = replayed.get(label) or replayed.setdefault(label, Replayed(SENDERS[label]))
    response = sender.ask(json.loads(file.read_text("utf-8")))
    if response.error_kind is not None:
        pytest.skip("the answer is an error, which is no part of a conversation")
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": "done"} for call in response.tool_calls
    ]
    history = [{"role": "user", "content": "Go on."}, response.as_message(), *(results or [LATER])]

    for name, (llm, server) in receivers.items():
        llm.invoke(history)
        sent = server.requests[-1].body.decode()
        assert not [state for state in states(file) if state in sent], f"{name} was sent state of {label}"

    sender.script = reply({"error": {"message": "enough"}}, 400)
    sender.llm.invoke(history)
    is_back = any(state in sender.server.requests[-1].body.decode() for state in states(file))
    if reason := NOT_TAKEN_BACK.get(name_of(file)):
        assert not is_back, "it need not be excluded any more"
        pytest.skip(reason)
    assert is_back
