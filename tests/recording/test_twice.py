"""Questions that were recorded twice of real providers: the same recording, unless the provider changed.

They are not ours to redistribute, so they are read where they lie (``../shared/traffic``, or where
CONFORMANCE_TRAFFIC names).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from conformance.recording import Recording
from conformance.recording.drift.drift import drift
from tests.corpus.traffic import NO_TRAFFIC, TRAFFIC, body_bytes
from tests.recording.cassette_server import answered

CHANGED = {
    "anthropic/messages-json-083 messages-json-090": "a new field: caller",
    "anthropic/messages-json-083 messages-json-092": "calls without a word before",
    "anthropic/messages-json-090 messages-json-092": "calls without a word before",
    "anthropic/messages-json-084 messages-json-087": "a field gone: caller",
    "anthropic/messages-json-087 messages-json-093": "a new field: caller",
    "azure_openai/chat_completions-json-005 chat_completions-json-006": "another status",
    "azure_openai/chat_completions-stream-001 chat_completions-stream-002": "another model",
    "azure_openai/chat_completions-stream-001 chat_completions-stream-003": "another model",
    "openai/chat_completions-json-045 chat_completions-json-046": "other arguments",
    "openai/chat_completions-json-045 chat_completions-json-047": "a new field: refusal",
    "openai/chat_completions-json-046 chat_completions-json-047": "other arguments",
    "openai/chat_completions-stream-011 chat_completions-stream-012": "other arguments",
    "openai/chat_completions-stream-015 chat_completions-stream-017": "a new field: refusal",
    "openai/chat_completions-stream-018 chat_completions-stream-019": "other arguments",
    "openai/chat_completions-stream-018 chat_completions-stream-020": "a new field: refusal",
    "openai/chat_completions-stream-019 chat_completions-stream-020": "other arguments",
    "openai/responses-json-054 responses-json-056": "a new field: moderation",
    "openai/responses-json-054 responses-json-064": "a new field: moderation",
    "openai/responses-json-092 responses-json-093": "another search",
    "openai/responses-json-184 responses-json-185": "a new field: billing",
    "openai/responses-json-192 responses-json-193": "a new field: completed_at",
    "openai/responses-stream-030 responses-stream-031": "a new field: completed_at",
}
"""Pairs of recordings of one question between which the provider or its model has changed, and how."""


def pairs() -> Iterator[Any]:
    """Every two recordings of the same question."""
    same: dict[str, list[tuple[Path, dict[str, Any]]]] = defaultdict(list)
    for file in sorted(TRAFFIC.glob("*/*.json")):
        interaction = json.loads(file.read_text("utf-8"))
        same[json.dumps([file.parent.name, interaction["request"]], sort_keys=True)].append(
            (file, interaction)
        )
    for group in same.values():
        for (file, one), (later, other) in combinations(group, 2):
            yield pytest.param(one, other, id=f"{file.parent.name}/{file.stem} {later.stem}")


@pytest.mark.skipif(not TRAFFIC.is_dir(), reason=NO_TRAFFIC)
@pytest.mark.parametrize(("one", "other"), list(pairs()))
def test_a_real_question_asked_twice_is_quiet_unless_the_provider_changed(
    one: dict[str, Any], other: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    found = drift(*(of_traffic(each) for each in (one, other)))
    assert bool(found) is (request.node.callspec.id in CHANGED), "\n".join(map(str, found))


def of_traffic(interaction: dict[str, Any]) -> Recording:
    response, body = interaction["response"], interaction["response"]["body"]
    return answered(
        json.dumps(body).encode() if not isinstance(body, str) else body_bytes(interaction),
        {name.lower(): value for name, value in response["headers"].items()}.get("content-type", ""),
        response["status"],
    )
