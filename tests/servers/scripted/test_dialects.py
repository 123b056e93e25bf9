"""The dialects on their own: ids and finish reasons are the provider's.

That a body and a stream hold the whole answer is what scenarios ask, through the providers' own SDKs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conformance.recording.drift import nondeterministic
from conformance.recording.wire_format import known
from conformance.servers.scripted import Request
from conformance.servers.scripted.dialects import DIALECTS, Usage, dialect
from conformance.servers.scripted.dialects.bedrock_invoke import Invoke, inner
from conformance.servers.scripted.dialects.dialect import compact
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.dialects.text_only import TextOnly
from conformance.spec.dialogue import Answer, text, tools

FINISH_REASONS = {
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"},
    "bedrock": {"stop": "end_turn", "length": "max_tokens", "content_filter": "guardrail_intervened"},
    "bedrock-invoke-claude": {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"},
    "bedrock-invoke-nova": {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "guardrail_intervened",
    },
    "bedrock-invoke-titan": {"stop": "FINISH", "length": "LENGTH", "content_filter": "CONTENT_FILTERED"},
    "cohere": {"stop": "COMPLETE", "length": "MAX_TOKENS", "content_filter": "ERROR_TOXIC"},
    "together": {"stop": "eos"},
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"},
    "gigachat": {"stop": "stop", "length": "length", "content_filter": "blacklist"},
    "vertex-claude": {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"},
    "responses": {"stop": "completed", "length": "max_output_tokens"},
    "vertex": {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"},
}
"""The names that a provider has for OpenAI's finish reasons, where it has others."""

every_dialect = pytest.mark.parametrize("name", DIALECTS)
TEXTS = [name for name in DIALECTS if isinstance(DIALECTS[name], TextOnly)]
CHATS = [name for name in DIALECTS if name not in ("gemini", "vertex", "gigachat", "ollama-generate", *TEXTS)]
UNTYPED = {"bedrock", "bedrock-invoke-nova", "oci", "responses"}
"""The dialects whose parts of a message have no types, or others."""
every_chat = pytest.mark.parametrize("name", CHATS)
"""The dialects of messages; Google's has contents, and calls without ids, as GigaChat's; one has a prompt."""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("morse", "'morse'; there are openai, anthropic"),
        ("no.such.package:Morse", "'no.such.package:Morse' cannot be imported: No module named 'no'"),
    ],
)
def test_an_unknown_name_is_refused(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dialect(name)


@pytest.fixture
def own_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables to which a test may add a dialect."""
    monkeypatch.setattr("conformance.servers.scripted.dialects.DIALECTS", dict(DIALECTS))
    monkeypatch.setattr("conformance.recording.wire_format._REGISTERED", [known()])
    yield
    known.cache_clear()


@pytest.mark.usefixtures("own_tables")
def test_a_dialect_of_another_package_is_named_by_its_class() -> None:
    name = f"{__name__}:Morse"
    assert isinstance(dialect(name), Morse)
    assert dialect(name) is dialect(name)
    assert "x-morse-key" in known().key_headers


class Morse(OpenAI):
    """A dialect of somebody else."""

    def key_header(self, key: str) -> tuple[str, str]:
        return "x-morse-key", key


@every_dialect
def test_recording_knows_the_ids_and_the_key_of_a_dialect(name: str) -> None:
    """Two recordings of one answer differ in their ids, and no key may be stored."""
    ids = set(nondeterministic.ids(dialect(name).completion(tools.PARALLEL.answer)))
    assert ids or name in (*TEXTS, "ollama-generate")
    assert name not in CHATS or ids >= set(dialect(name).opaque(tools.PARALLEL.answer))
    header, _ = dialect(name).key_header("key")
    assert header in known().key_headers


@every_dialect
def test_texts_come_in_several_deltas(name: str) -> None:
    assert len(dialect(name).events(text.LONG.answer)) > 20


@every_chat
def test_identifiers_are_unique_and_differ_between_answers(name: str) -> None:
    answers = [turn.answer for turn in (tools.THREE_CALLS, tools.PARALLEL)]
    identifiers = [set(dialect(name).opaque(answer)) for answer in answers]
    assert [len(own) for own in identifiers] == [3, 2]
    assert not identifiers[0] & identifiers[1]
    for answer, own in zip(answers, identifiers, strict=True):
        assert all(f"'{each}'" in str(dialect(name).completion(answer)) for each in own)


@every_dialect
@pytest.mark.parametrize(
    ("finish_reason", "reason"), [(None, "stop"), ("length",) * 2, ("content_filter",) * 2, ("odd",) * 2]
)
def test_a_finish_reason_has_the_providers_name(name: str, finish_reason: str | None, reason: str) -> None:
    answer, wire = Answer("cut"), dialect(name)
    own = f'"{FINISH_REASONS.get(name, {}).get(reason, reason)}"'
    assert own in json.dumps(wire.completion(answer, finish_reason=finish_reason))
    events = wire.events(answer, finish_reason=finish_reason)
    if isinstance(wire, Invoke):
        events = [compact(inner(frame)).encode() for frame in events]
    assert any(own.encode() in event for event in events)


def test_anthropic_counts_cached_tokens_apart() -> None:
    usage = dialect("anthropic").completion(Answer("a"), usage=Usage(30, 7, 20))["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]) == (10, 20, 7)


@pytest.mark.parametrize("name", sorted({*CHATS} - UNTYPED))
@pytest.mark.parametrize(
    "content",
    ["last", [{"type": "text", "text": "first"}, {"type": "image"}, {"type": "text", "text": "last"}]],
)
def test_the_prompt_is_the_last_text_of_the_user(name: str, content: Any) -> None:
    messages = [
        {"role": "user", "content": "earlier"},
        {"role": "user", "content": content},
        {"role": "assistant", "content": "no"},
        {"role": "user", "content": [{"type": "tool_result", "content": "no"}]},
        {"role": "tool", "content": "no"},
    ]
    data = json.dumps({"messages": messages}).encode()
    request = Request("POST", "/", httpx.QueryParams(), httpx.Headers(), data, 0.0, 1)
    assert dialect(name).prompt_of(request) == "last"


@pytest.mark.parametrize(
    ("name", "headers", "carried"),
    [
        ("openai", {"authorization": "Bearer k"}, True),
        ("openai", {"x-api-key": "k"}, False),
        ("openai", {"authorization": "Bearer  k"}, False),
        ("anthropic", {"x-api-key": "k"}, True),
        ("anthropic", {"authorization": "Bearer k"}, True),
        ("anthropic", {"x-api-key": "k", "authorization": "Bearer k"}, False),
        ("anthropic", {"x-api-key": " k"}, False),
        ("anthropic", {}, False),
    ],
)
def test_the_key_is_carried_once_and_where_it_is_read(
    name: str, headers: dict[str, str], carried: bool
) -> None:
    assert dialect(name).carries_key(headers, "k") is carried
