"""A longer conversation begins as the shorter one did, so that the provider finds its beginning in its cache.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from conformance.testing import Answer, Dialect, Play, Sent, text, tools, user

pytestmark = pytest.mark.core


def beginnings_changed(before: Any, after: Any, place: str = "body") -> list[str]:
    """Where ``after`` does not begin as ``before`` does: lists and texts may be longer, all else is equal."""
    if isinstance(before, dict) and isinstance(after, dict):
        if [*before] != [*after]:
            return [f"{place} has the fields {[*before]}, then {[*after]}"]
        return [
            each
            for name in before
            for each in beginnings_changed(before[name], after[name], f"{place}.{name}")
        ]
    if isinstance(before, list) and isinstance(after, list):
        pairs = enumerate(zip(before, after, strict=False))
        changed = [
            f"{place}[{number}]" for number, pair in pairs if len({json.dumps(each) for each in pair}) > 1
        ]
        return changed if len(after) >= len(before) else [f"{place} is shorter"]
    if isinstance(before, str) and isinstance(after, str):
        return [] if after.startswith(before) else [place]
    return [] if before == after else [place]


@pytest.mark.parametrize("answer", [text.GREETING.answer, tools.ONE_CALL.answer], ids=["text", "calls"])
def test_a_longer_conversation_begins_as_the_shorter_one(
    answer: Answer, play: Play, sent: Sent, dialect: Dialect
) -> None:
    """Each request repeats the last one from its beginning: the tools, and the messages, byte for byte.

    A field that moves, or a tool that changes its place, makes the provider read the whole prompt anew, at
    its full price (0xPlaygrounds/rig#2374).
    """
    llm = play(dialect.answering(answer))
    conversation = [tools.ASK_PARIS]
    for _ in range(3):
        response = llm.invoke(conversation, tools=[tools.WEATHER, tools.SEND])
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY}
            for call in response.tool_calls
        ]
        conversation += [response.as_message(), *(results or [user("And tomorrow?")])]

    for before, after in itertools.pairwise(request.json() for request in sent()):
        assert beginnings_changed(before, after) == []
