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
