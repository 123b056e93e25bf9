"""Ollama through litellm, whose streams are lines of JSON and not events.

No recording tests: the embedded engine does not have Ollama's API, and these are faults.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.servers.scripted import Script, ScriptedServer, always, stream
from provider import LiteLLM, LLMResponse
from tests.provider.routes import LITELLM, TIMEOUT, ask

COUNTED = {"prompt_eval_count": 3, "eval_count": 2}
TOOL = {"type": "function", "function": {"name": "x", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture(params=["ollama_chat/tiny"], ids=[LITELLM.label])
def model(request: pytest.FixtureRequest) -> str:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""
    return str(request.param)


def line(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "model": "tiny",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": False,
        **fields,
    }


def called(call: dict[str, Any]) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": "", "tool_calls": [call]}}


def ndjson(*lines: dict[str, Any], size: int = 1 << 20) -> Script:
    body = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in lines).encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return stream(pieces, headers={"content-type": "application/x-ndjson"})


def streamed(model: str, script: Script) -> LLMResponse:
    with (
        ScriptedServer(always(script)) as server,
        LiteLLM(model, base_url=server.url, timeout=TIMEOUT, max_retries=0) as llm,
    ):
        return ask(llm, "stream")


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_lines_are_an_answer_however_they_are_cut(model: str, size: int) -> None:
    """U+2028 ends a line for litellm's reader, but not in JSON lines."""
    script = ndjson(
        line("Hé\u2028l"), line("lo"), line("", done=True, done_reason="stop", **COUNTED), size=size
    )

    response = streamed(model, script)

    assert response.error is None
    assert (response.content, response.finish_reason) == ("Hé\u2028llo", "stop")
    assert (response.prompt_tokens, response.completion_tokens) == (3, 2)


def test_calls_keep_their_ids_and_think_tags_inside_a_text_stay(model: str) -> None:
    """litellm gives streamed calls other ids, and removes the tag wherever it stands."""
    calls = [{"id": f"call_{name}", "function": {"name": name, "arguments": {"a": 1}}} for name in ("x", "y")]
    said = [line("The tag <think> is text."), *(line("", **called(call)) for call in calls)]

    response = streamed(model, ndjson(*said, line("", done=True, done_reason="stop", **COUNTED)))

    assert (response.content, response.finish_reason) == ("The tag <think> is text.", "tool_calls")
    assert [call["id"] for call in response.tool_calls] == ["call_x", "call_y"]
    assert [call["arguments"] for call in response.tool_calls] == ['{"a": 1}'] * 2


def test_the_model_is_not_looked_up(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """litellm asks the server for each model several times a call, also while it logs the answer."""
    script = ndjson(line("Hello"), line("", done=True, done_reason="stop"))
    with ScriptedServer(always(script)) as server:
        monkeypatch.setenv("OLLAMA_API_BASE", server.url)
        with LiteLLM(model, timeout=TIMEOUT, max_retries=0) as llm:
            assert ask(llm, "stream").content == "Hello"
            ask(llm, "invoke")

        assert [request.path for request in server.requests] == ["/api/chat"] * 2


def test_generate_calls_no_tools(model: str) -> None:
    """litellm would demand JSON for every answer, and from then on do so in the whole process."""
    import litellm

    with (
        ScriptedServer(always(ndjson())) as server,
        LiteLLM(model.replace("ollama_chat", "ollama"), base_url=server.url) as llm,
    ):
        response = llm.invoke([{"role": "user", "content": "Hi"}], tools=[TOOL])

        assert server.requests == ()
    assert (response.error_kind, response.error) == (
        "bad_request",
        "ollama/ calls no tools: use ollama_chat/",
    )
    assert litellm.add_function_to_prompt is False


def test_an_error_among_the_lines_is_the_error(model: str) -> None:
    error = {"error": "an error was encountered while running the model"}

    response = streamed(model, ndjson(line("Hel"), error))

    assert (response.content, response.error_kind, response.error) == ("Hel", "server", error["error"])


def test_lines_that_end_early_are_interrupted(model: str) -> None:
    response = streamed(model, ndjson(line("Hel")))

    assert (response.content, response.error_kind, response.finish_reason) == ("Hel", "interrupted", None)
    assert (response.prompt_tokens, response.completion_tokens) == (None, None)


def test_a_reason_ends_the_answer_though_nothing_says_done(model: str) -> None:
    response = streamed(model, ndjson(line("Hello"), line("", done_reason="stop")))

    assert (response.content, response.error, response.finish_reason) == ("Hello", None, "stop")
