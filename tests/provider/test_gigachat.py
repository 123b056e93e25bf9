"""GigaChat through litellm: what is refused before anything is sent, and where it logs in.

No recording tests: nothing is sent, or to loopback only.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text, tools
from provider import LiteLLM
from provider.litellm.wires.gigachat import one_call_a_message, translated

GIGACHAT = dialect("gigachat")
KEY = "Y2xpZW50LWlkOnNlY3JldA=="


def test_a_server_is_asked_with_that_of_its_logins_only(caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise litellm logs in at Sber's server, whatever server was named."""
    assert LiteLLM("gigachat/GigaChat-2", KEY, "http://127.0.0.1:9/api/v1").load() is False
    assert "gigachat_auth_url" in caplog.text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"tools": [tools.WEATHER, tools.ADD], "tool_choice": "required"}, "require one tool"),
        ({"response_format": {"type": "json_object"}}, "no response format"),
    ],
    ids=["required", "object"],
)
def test_what_gigachat_lacks_is_refused(asked: dict[str, Any], words: str) -> None:
    handler = GIGACHAT.with_other_paths(GIGACHAT.answering(text.GREETING.answer))
    with ScriptedServer(handler) as server:
        llm = LiteLLM(
            "gigachat/GigaChat-2", KEY, f"{server.url}/api/v1", gigachat_auth_url=f"{server.url}/api/v2/oauth"
        )
        with llm:
            response = llm.invoke(text.GREETING.messages, **asked)
        assert server.requests == ()
    assert response.error_kind == "bad_request"
    assert words in str(response.error)


def test_several_calls_are_sent_in_messages_of_their_own() -> None:
    calls = [{"id": each, "type": "function", "function": {"name": each}} for each in "ab"]
    results = [{"role": "tool", "tool_call_id": each, "content": each.upper()} for each in "ba"]
    before, after = {"role": "user", "content": "?"}, {"role": "user", "content": "!"}
    message = {"role": "assistant", "content": "Both.", "tool_calls": calls}

    divided = one_call_a_message([before, message, *results, after])

    first, second = ({**message, "tool_calls": [call]} for call in calls)
    assert divided == [before, first, results[1], {**second, "content": ""}, results[0], after]
    assert one_call_a_message(divided) == divided


def test_cached_tokens_are_among_those_of_the_prompt() -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 13, "precached_prompt_tokens": 4}
    assert translated({"usage": usage})["usage"] == {
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    assert translated({"usage": {"prompt_tokens": 8}}) == {"usage": {"prompt_tokens": 8}}
    odd: list[Any] = [None, [], {}, "text"]
    assert [translated(each) for each in odd] == odd
