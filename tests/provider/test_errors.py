"""Errors and responses as an application makes and asks them itself.

No scenarios: no backend and no server is involved.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest

from provider import LLMProviderError, LLMResponse, extract_llm_error_text, is_context_limit_error
from provider.errors import ErrorKind
from tests.provider.texts import ROWS, ErrorText

OVERFLOW = "This model's maximum context length is 8192 tokens. However, your messages need 9000 tokens."
RATE = "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000."


def status_error(status: int, message: str, **fields: Any) -> openai.APIStatusError:
    """What the openai SDK raises for an answer with this status."""
    body = {"error": {"message": message, **fields}}
    request = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
    response = httpx.Response(status, json=body, request=request)
    return openai.APIStatusError(f"Error code: {status} - {body}", response=response, body=body["error"])


def chained() -> Exception:
    """An exception of an application's, whose cause is the SDK's."""
    try:
        try:
            raise status_error(400, OVERFLOW, code="context_length_exceeded")
        except openai.APIStatusError as error:
            raise ValueError("the turn failed") from error
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("error", "is_overflow"),
    [
        (OVERFLOW, True),
        (OVERFLOW.partition(".")[0], True),
        (RATE, False),
        (status_error(400, OVERFLOW), True),
        (status_error(429, RATE), False),
        (status_error(429, OVERFLOW), False),
        (chained(), True),
        ({"error": {"code": "context_length_exceeded", "message": "Too much."}}, True),
        (json.dumps({"error": {"message": OVERFLOW}}), True),
        (LLMProviderError("compact it", code="context_limit"), True),
        (LLMProviderError(OVERFLOW, code="provider_error"), False),
        (ValueError("string too long, maximum length 64"), False),
        ("", False),
        (None, False),
        (7, False),
    ],
    ids=str,
)
def test_an_overflow_is_told_from_other_failures(error: Any, is_overflow: bool) -> None:
    assert is_context_limit_error(error) is is_overflow


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.row}-{row.kind}" for row in ROWS])
def test_a_text_alone_is_classified_as_a_body_of_that_text(row: ErrorText) -> None:
    expected = row.kind_in(has_code=False, has_status=False) == "context_limit"

    assert is_context_limit_error(row.text) is expected
    assert is_context_limit_error(RuntimeError(row.text)) is expected


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (None, ""),
        ("No.", "No."),
        (status_error(400, "No."), "No."),
        (LLMProviderError("No."), "No."),
        (KeyError(), "KeyError"),
        ({"error": {"message": "No."}}, "No."),
        (b'{"detail": "No."}', "No."),
    ],
    ids=str,
)
def test_the_text_of_a_failure_is_its_messages(error: Any, text: str) -> None:
    assert extract_llm_error_text(error) == text


@pytest.mark.parametrize("code", ["context_limit", "not_loaded", "provider_error"])
def test_an_error_may_be_raised_by_its_code(code: str) -> None:
    by_position, by_name = LLMProviderError("No.", code), LLMProviderError("No.", code=code)

    assert isinstance(by_name, RuntimeError)
    assert by_position.code == by_name.code == code
    assert str(by_name) == "No."


def test_a_kind_says_more_than_a_code() -> None:
    assert LLMProviderError("No.", kind=ErrorKind.QUOTA).code == "provider_error"
    assert LLMProviderError("No.").kind == "server"


def test_a_response_may_be_made_by_position() -> None:
    calls: Any = [{"id": "1", "name": "weather", "arguments": "{}"}]

    response = LLMResponse("Hello", calls, 7, 2, "No.", "context_limit")

    assert (response.content, response.tool_calls) == ("Hello", calls)
    assert (response.prompt_tokens, response.cached_prompt_tokens, response.completion_tokens) == (7, 2, None)
    assert (response.is_error, response.is_context_limit_error) == (True, True)
