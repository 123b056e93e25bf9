"""The ids of calls that one provider has given, sent to another that has a rule for them.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.testing import KEY, Build, Dialect, Serve, Target, laws, raw, text, tools

GIVEN = {
    "gemini": "call_0f9c__thought__" + 231 * "QUJD",
    "kimi": "functions.get_weather:0",
    "openai": "call_0123456789abcdefghijklmn",
    "spaces": "call 1/2",
}
"""Ids as several providers give them."""

FORMS = [
    pytest.param(r".{1,64}", id="openai", marks=pytest.mark.dialects("openai")),
    pytest.param(r"[A-Za-z0-9_-]{1,64}", id="anthropic", marks=pytest.mark.dialects("anthropic")),
    pytest.param(
        r"[A-Za-z0-9_-]{1,64}", id="bedrock", marks=[pytest.mark.dialects("bedrock"), pytest.mark.core]
    ),
]
"""The ids that the provider of each wire accepts."""


@pytest.mark.parametrize("form", FORMS)
def test_ids_of_other_providers_fit_the_receiver(
    form: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An id that the receiver refuses is replaced in its call and its result, the same in every request.

    BerriAI/litellm#41534, sierra-research/tau2-bench#559: an id of Gemini's has 944 characters, and OpenAI
    accepts 64.
    """
    server = serve(dialect.answering(text.GREETING.answer))
    calls = [_call(identifier) for identifier in GIVEN.values()]
    results = [_result(identifier) for identifier in GIVEN.values()]
    history = [tools.ASK_PARIS, {"role": "assistant", "content": "", "tool_calls": calls}, *results]

    for response in laws.ask_both_ways(build(server.url), history, tools=[tools.WEATHER]):
        laws.is_the_answer(response, text.GREETING.answer)

    first, second = (list(_ids(request.json())) for request in dialect.chat_requests(server.requests))
    assert first == second
    called, answered = first[: len(GIVEN)], first[len(GIVEN) :]
    assert called == answered
    assert len(set(called)) == len(GIVEN)
    assert [each for each in called if not re.fullmatch(form, each)] == []
    assert GIVEN["openai"] in called


@pytest.mark.core
@pytest.mark.dialects("mistral")
def test_ids_fit_mistral_at_its_own_address(
    target: Target, serve: Serve, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistral gets ids of nine letters and digits, by whatever backend it is asked.

    BerriAI/litellm#41534. A proxy of the environment answers in its place.
    """
    proxy = serve(dialect.answering(text.GREETING.answer))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    called = {"role": "assistant", "content": "", "tool_calls": [_call(GIVEN["openai"])]}

    with target.build("http://api.mistral.ai", KEY, timeout=10, max_retries=0) as llm:
        laws.is_the_answer(
            llm.invoke([tools.ASK_PARIS, called, _result(GIVEN["openai"])], tools=[tools.WEATHER]),
            text.GREETING.answer,
        )

    [request] = dialect.chat_requests(proxy.requests)
    first, second = _ids(request.json())
    assert first == second
    assert re.fullmatch("[A-Za-z0-9]{9}", first)


MISSING: dict[str, list[Any]] = {
    "null": [None, None],
    "empty": ["", ""],
    "numbers": [0, 1],
    "twice": ["a", "a"],
}


@pytest.mark.parametrize("given", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("form", FORMS)
def test_calls_without_ids_of_their_own_get_some(
    form: str, given: list[Any], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Calls without an id, or with that of another, are sent with ids that differ, in calls as in results.

    Ollama's calls have no ids, and servers that number the calls of each answer repeat theirs; OpenAI refuses
    an empty id, and Anthropic one that comes twice.
    """
    server = serve(dialect.answering(text.GREETING.answer))
    calls, results = [_call(each) for each in given], [_result(each) for each in given]
    history = [tools.ASK_PARIS, {"role": "assistant", "content": "", "tool_calls": calls}, *results]

    for response in laws.ask_both_ways(build(server.url), history, tools=[tools.WEATHER]):
        laws.is_the_answer(response, text.GREETING.answer)

    first, second = (list(_ids(request.json())) for request in dialect.chat_requests(server.requests))
    assert first == second
    assert first[:2] == first[2:]
    assert len(set(first)) == 2
    assert [each for each in first if not re.fullmatch(form, each)] == []


@pytest.mark.dialects("openai")
def test_an_id_goes_back_unchanged_to_its_provider(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An id of any length is sent back unchanged to the provider that gave it.

    A gateway may keep the signature of Gemini's call in it.
    """
    call = _call("call_" + 231 * "QUJD")
    body = raw.completion({"content": None, "tool_calls": [call]}, "tool_calls")
    chunks = [raw.chunk({"tool_calls": [{"index": 0, **call}]}), raw.chunk({}, "tool_calls")]
    server = serve(raw.both_ways(dialect, body, chunks))
    llm, later = build(server.url), build(server.url)

    for response in laws.ask_both_ways(llm, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        by_hand = {"role": "assistant", "content": "", "tool_calls": response.tool_calls}
        for asked, message in ((llm, by_hand), (later, response.as_message())):
            asked.invoke([tools.ASK_PARIS, message, _result(call["id"])], tools=[tools.WEATHER])
            sent = dialect.chat_requests(server.requests)[-1].json()
            assert list(_ids(sent)) == [call["id"]] * 2


def _call(identifier: Any) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    return {"id": identifier, "type": "function", "function": function}


def _result(identifier: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "content": tools.SUNNY}


def _ids(body: dict[str, Any]) -> Iterator[str]:
    """The ids of the calls and of the results in a request, in their order."""
    for message in body["messages"]:
        yield from (call["id"] for call in message.get("tool_calls", ()))
        if "tool_call_id" in message:
            yield message["tool_call_id"]
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            block = part.get("toolUse") or part.get("toolResult") or part
            names = [block[name] for name in ("toolUseId", "tool_use_id", "id") if name in block]
            yield from names[:1]
