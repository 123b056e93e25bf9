"""What only Azure says: its findings before an answer, and answers that its filter takes away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.testing import Build, Dialect, Serve, always, laws, reply, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("azure")]

GREETING, COUNT = text.GREETING, text.COUNT

SAFE = {"hate": {"filtered": False, "severity": "safe"}}
NO_CHOICE: dict[str, dict[str, Any]] = {
    "findings": {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
    },
    "annotations": {
        "choices": [],
        "prompt_annotations": [{"prompt_index": 0, "content_filter_results": SAFE}],
        "usage": None,
    },
}
"""The first chunk of a stream, today's and that of older versions."""

FILTERED = {
    "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management"
    " policy.",
    "type": None,
    "param": "prompt",
    "code": "content_filter",
    "status": 400,
}
REFUSALS: dict[str, dict[str, Any]] = {
    "findings": {**FILTERED, "innererror": {"code": "ResponsibleAIPolicyViolation"}},
    "no-findings": FILTERED,
    "inner-code-only": {"message": "No.", "innererror": {"code": "ResponsibleAIPolicyViolation"}},
}


@pytest.mark.parametrize("first", NO_CHOICE.values(), ids=NO_CHOICE)
def test_filter_results_before_the_answer_are_ignored(
    first: dict[str, Any], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A first chunk with filter results and no choice is ignored, and the answer and its usage are
    complete.

    pydantic/pydantic-ai#164, simonw/llm#294, run-llama/llama_index#7640: ``choices[0]`` was read of it;
    seratch/ChatGPT-in-Slack#49: the same, with other fields.
    """
    own, *events = dialect.events(GREETING.answer)
    assert b'"choices":[]' in own
    llm = build(serve(always(dialect.streamed([f"data: {json.dumps(first)}\n\n".encode(), *events]))).url)

    response = laws.read(llm.stream(GREETING.messages))

    laws.is_the_answer(response, GREETING.answer)
    laws.counts_tokens(response)


def test_a_filtered_answer_keeps_its_text(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An answer that the filter cuts is reported as ``content_filter``, and the text before the cut is
    kept.

    openai/openai-agents-python#4159: it looked like an answer that was over, and was asked for again.
    """
    llm = build(serve(dialect.answering(COUNT.answer, finish_reason="content_filter")).url)

    for response in (llm.invoke(COUNT.messages), laws.read(llm.stream(COUNT.messages))):
        laws.failed_as(response, "content_filter")
        assert response.finish_reason == "content_filter"
        assert response.content == COUNT.answer.text
        assert not response.retryable


@pytest.mark.parametrize("error", REFUSALS.values(), ids=REFUSALS)
def test_a_filtered_prompt_is_a_content_filter(error: dict[str, Any], serve: Serve, build: Build) -> None:
    """A prompt that the filter refuses is reported as ``content_filter``, by its code or by its inner
    code.

    stanford-crfm/helm#3327 (no inner error), BerriAI/litellm#16231 (what was found got lost).
    """
    llm = build(serve(always(reply({"error": error}, 400))).url)

    for response in (llm.invoke(GREETING.messages), laws.read(llm.stream(GREETING.messages))):
        laws.failed_as(response, "content_filter")
        assert response.status == 400
        assert error["message"] in str(response.error)


def test_the_deployment_is_in_the_path(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A request is sent to the path of its deployment with a version of the API, by invoke and by stream."""
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)

    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(GREETING.messages)), GREETING.answer)

    for request in dialect.chat_requests(server.requests):
        assert request.path == "/openai/deployments/tiny/chat/completions"
        assert request.query["api-version"] == "2024-10-21"
