"""The dialects of Bedrock's invoke beside recorded traffic of the same model family.

No recording tests: they compare shapes, and ask no backend.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted.dialects import Usage, dialect
from conformance.servers.scripted.dialects.bedrock_invoke import inner
from conformance.spec.dialogue import Answer
from tests.corpus.traffic import NO_TRAFFIC, Structure, body, body_bytes, frame_data, recorded

ANSWER, COUNTED = Answer("Hello, world!"), Usage(12, 5)
FAMILIES = {"bedrock-invoke-claude": "anthropic.claude-3", "bedrock-invoke-titan": "amazon.titan-text"}
UNRECORDED = ("input_tokens", "cache_", "service_tier", "chunk never has p", "guardrailAction")
"""What Claude 3 had not when it was recorded, and what the recorded guardrail of Titan added."""


def traffic(model: str, mode: str) -> list[dict[str, Any]]:
    found = recorded(f"bedrock/invoke-{mode}-*.json", lambda one: f"/{model}" in one["request"]["url"])
    if not found:
        pytest.skip(NO_TRAFFIC)
    return found


def unexplained(differences: set[str]) -> set[str]:
    return {each for each in differences if not any(known in each for known in UNRECORDED)}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_body_looks_like_real_ones(name: str) -> None:
    real = Structure.of([body(one) for one in traffic(FAMILIES[name], "json")])
    assert unexplained(real.differences(dialect(name).completion(ANSWER, usage=COUNTED))) == set()


@pytest.mark.parametrize("name", FAMILIES)
def test_events_look_like_real_ones(name: str) -> None:
    frames = [frame for one in traffic(FAMILIES[name], "stream") for frame in split(body_bytes(one))]
    real = Structure.of([inner(frame) for frame in frames])
    ours = [inner(frame) for frame in dialect(name).events(ANSWER, usage=COUNTED)]
    assert unexplained({each for event in ours for each in real.differences(event)}) == set()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_frame_looks_like_a_real_one(name: str) -> None:
    real = Structure.of(
        [each for one in traffic(FAMILIES[name], "stream") for each in frame_data(body_bytes(one))]
    )
    [ours] = frame_data(dialect(name).events(ANSWER)[0])
    assert unexplained(real.differences(ours)) == set()


def split(stream: bytes) -> list[bytes]:
    """The frames of a stream, each of which begins with its length."""
    frames = []
    while stream:
        size = int.from_bytes(stream[:4], "big")
        frames.append(stream[:size])
        stream = stream[size:]
    return frames
