"""One question, two APIs, one answer: recordings of chat completions and of responses are decoded alike.

The same engine answered both. No scenario: it compares the recordings of two targets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import RECORDED

CASSETTES = RECORDED.parents[1]
PAIRS = {
    "openai": ("openai/engine", "openai/engine-responses"),
    "lmstudio": ("lmstudio/engine", "lmstudio/engine-responses"),
    "litellm": ("litellm/engine-openai", "litellm/engine-responses"),
}
"""The folders of the recordings, of chat completions and of responses."""

ONLY_CHAT = {"invoke/max_tokens", "invoke/stop_sequence", "structured/truncated_json_is_visible"}
"""Responses have no stop sequences; of a truncated one llama.cpp does not say so, which is a known gap."""


def answers(folder: Path) -> dict[str, Any]:
    """By scenario, what was decoded of the recording, without the ids that the server has made up."""
    return {
        str(path.relative_to(folder).with_suffix("")): _without_ids(json.loads(path.read_text("utf-8")))
        for path in folder.glob("*/*.json")
    }


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ids(each) for name, each in value.items() if name != "id"}
    return [_without_ids(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("backend", PAIRS)
def test_the_answers_are_the_same(backend: str) -> None:
    chat, responses = (answers(CASSETTES / folder) for folder in PAIRS[backend])
    assert len(responses) >= 20
    assert responses == {name: chat[name] for name in responses}
    if backend != "lmstudio":  # of which only the core was recorded
        assert chat.keys() - responses.keys() == ONLY_CHAT
