"""Blocks of tools and features that Anthropic runs itself, which it wants back with the next question.

Scripts: no server at hand runs them; the server's log shows what was sent.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.scenarios.test_anthropic_wire import events_of, message
from conformance.testing import Build, Dialect, Serve, anthropic, laws, text

pytestmark = pytest.mark.dialects("anthropic")

QUESTION = text.GREETING.messages
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Paris"}}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "title": "P", "url": "u", "encrypted_content": "QUJD"}],
}
SUMMARY = {"type": "compaction", "content": "They greeted each other."}
SAID = {"type": "text", "text": "Hello"}

BLOCKS: dict[str, list[dict[str, Any]]] = {"compaction": [SUMMARY, SAID], "search": [SEARCH, FOUND, SAID]}


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_anthropics_own_are_sent_back(
    blocks: list[dict[str, Any]], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Blocks of Anthropic's own tools, and its summary of a conversation, are sent back, and are no calls.

    Without its summary the model has forgotten the beginning, and without the results of a search their
    citations have no sources.
    """
    events = [*events_of([])[:1], *_all_of(blocks), *events_of([])[1:]]
    server = serve(dialect.both_ways(message(blocks), events))
    llm = build(server.url)

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.has_fields(response, error=None, content="Hello", tool_calls=[])
        history = json.loads(json.dumps([*QUESTION, response.as_message(), *QUESTION]))
        llm.invoke(history)
        sent = dialect.chat_requests(server.requests)[-1].json()["messages"][1]["content"]
        assert [block for block in sent if block["type"] != "text"] == [
            block for block in blocks if block["type"] != "text"
        ]


def _all_of(blocks: list[dict[str, Any]]) -> list[bytes]:
    """The events of some blocks; those of a kind without deltas are whole at their start."""
    return [
        event
        for index, block in enumerate(blocks)
        for event in (
            anthropic.block_events(index, block)
            if block["type"] in ("text", "server_tool_use")
            else [
                anthropic.event("content_block_start", index=index, content_block=block),
                anthropic.event("content_block_stop", index=index),
            ]
        )
    ]
