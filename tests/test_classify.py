"""One classification for every provider's words.

A unit test, not a recording: no server can be asked for most of these. The
texts are what providers said in public issues; the number in front of a row
is its row in the project's collection of them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.classify import classify
from provider.errors import ErrorKind, LLMProviderError

CTX, RATE, QUOTA = "context_limit", "rate_limit", "quota"
BAD, NOT_FOUND, AUTH = "bad_request", "not_found", "authentication"

# row, expected kind, HTTP status, type, code, text
ROWS: list[tuple[str, str, int | None, str | None, Any, str]] = [
    ("P01", CTX, 400, "invalid_request_error", "context_length_exceeded", "This model's maximum context length is 128000 tokens. However, your messages resulted in 132166 tokens."),
    ("P03", CTX, 400, None, None, "This model's maximum context length is 4097 tokens. However, you requested 4137 tokens (137 in the messages, 4000 in the completion)."),
    ("P05", CTX, None, None, "context_length_exceeded", "Your input exceeds the context window of this model. Please adjust your input and try again."),
    ("P06", CTX, None, None, None, "Your input exceeds the model's context window"),
    ("P08", CTX, 400, "invalid_request_error", None, "prompt is too long: 216868 tokens > 200000 maximum"),
    ("P10", CTX, 400, "invalid_request_error", None, "input length and `max_tokens` exceed context limit: 195261 + 12288 > 204650, decrease input length or `max_tokens` and try again"),
    ("P13", CTX, 400, "ValidationException", None, "Input is too long for requested model."),
    ("P15", CTX, 400, "INVALID_ARGUMENT", None, "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576)."),
    ("P16", CTX, 400, "INVALID_ARGUMENT", None, "The input token count exceeds the maximum number of tokens allowed 1048576."),
    ("P18", CTX, 400, None, None, "This model's maximum prompt length is 131072 but the request contains 136973 tokens."),
    ("P20", CTX, 400, None, None, "Please reduce the length of the messages or completion. Current length is 42328 while limit is 40000"),
    ("P23", CTX, 400, None, None, "The total length of all messages is too long."),
    ("P26", CTX, 400, None, None, "Input length 300000 exceeds the maximum allowed input length of 262144 tokens."),
    ("P28", CTX, 400, "BadRequestError", 400, "The input (1492905 tokens) is longer than the model's context length (1048576 tokens)."),
    ("P31", CTX, 400, "BadRequestError", 400, "max_tokens must be at least 1, got -186."),
    ("P33", CTX, 400, "exceed_context_size_error", 400, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    ("P36", CTX, 500, "server_error", 500, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    ("P38", CTX, 400, None, None, "Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough."),
    ("P39", CTX, 400, None, None, "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096)."),
    ("P40", CTX, None, None, None, "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"),
    ("P41", CTX, 400, None, None, "prompt too long; exceeded max context length by 5000 tokens"),
    ("P42", CTX, None, None, None, "Input does not fit in context length. The input has 31430 tokens, but the context length only supports 30000 tokens."),
    ("P43", CTX, 400, None, None, "invalid params, context window exceeds limit (ref: 1)"),
    ("P45", CTX, 400, None, "model_context_window_exceeded", "1261"),
    ("P46", CTX, 400, None, None, "Range of input length should be [1, 129024]"),
    ("P48", CTX, 422, None, None, "`inputs` tokens + `max_new_tokens` must be <= 4096"),
    ("P51", CTX, 400, None, None, "Prompt exceeds maximum context length"),
    ("E11", CTX, 400, None, None, "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens."),
    ("E19", CTX, 400, None, "model_max_prompt_tokens_exceeded", "prompt token count of 138898 exceeds the limit of 64000"),
    ("R01", RATE, 429, "tokens", "rate_limit_exceeded", "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 14567, Requested 24754. Please try again in 18.642s."),
    ("R03", RATE, None, "tokens", "rate_limit_exceeded", "Rate limit reached for o4-mini Limit 200000, Used 162960, Requested 42288."),
    ("R05", RATE, 413, None, None, "Request too large for model `openai/gpt-oss-120b` on tokens per minute (TPM): Limit 8000, Requested 20449"),
    ("R06", RATE, 429, "rate_limit_error", None, "This request would exceed your account's rate limit. Please try again later."),
    ("R08", RATE, 429, "ThrottlingException", None, "Too many tokens, please wait before trying again."),
    ("R10", RATE, None, None, None, "Throttling error: Too many tokens, please wait before trying again."),
    ("R11", RATE, None, None, None, "Tokens per minute limit exceeded - too many tokens processed"),
    ("R13", RATE, None, None, "rate_limited", "Sorry, you have exceeded your Copilot token usage."),
    ("R15", RATE, None, None, None, "request reached organization TPD rate limit, current: 1506556, limit: 1500000"),
    ("R16", RATE, 429, None, None, "This request exceeds the limit of 30000 tokens per minute"),
    ("R18", RATE, None, None, None, "service tier capacity exceeded"),
    ("R20", RATE, 429, None, None, "Weekly usage limit reached. Resets in 6hr 29min."),
    ("R21", RATE, None, None, None, "Too many tokens, please wait before trying again."),
    ("E02", RATE, None, None, None, "Too many tokens per day, please wait before trying again."),
    ("E30", RATE, 429, None, None, "Extra usage is required for long context requests."),
    ("N01", BAD, 400, "invalid_request_error", "invalid_value", "max_tokens is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480."),
    ("N05", BAD, 400, "invalid_request_error", "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
    ("N06", BAD, 400, "ValidationException", None, "The maximum tokens you requested exceed the model limit of 4096. Try again with a maximum tokens value lower than 4096."),
    ("N08", BAD, 400, None, None, "Requested max_tokens exceeds the model output limit"),
    ("N10", BAD, 400, None, None, "temperature exceeds maximum allowed value"),
    ("N11", BAD, 400, None, None, "schema is too long"),
    ("N13", BAD, 400, None, None, "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 217 instead."),
    ("N15", BAD, 400, None, None, "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead."),
    ("N16", BAD, 400, "INVALID_ARGUMENT", None, "Invalid function name. Must start with a letter or an underscore, with a maximum length of 64."),
    ("N18", QUOTA, 402, None, 402, "This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 222."),
    ("N20", QUOTA, 402, None, 402, "Insufficient credits. This account never purchased credits."),
    ("N21", QUOTA, 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details."),
    ("N23", QUOTA, 500, "api_error", None, "your current token plan not support model, MiniMax-M2.7-highspeed (2061)"),
    ("E26", QUOTA, 400, "invalid_request_error", None, "Your credit balance is too low to access the Anthropic API."),
    ("N25", AUTH, 403, None, None, "token expired or invalid: 403"),
    ("N26", AUTH, 401, "invalid_request", "invalid_api_key", "An LM Studio API token is required to make requests to this server, but none was provided"),
    ("N28", AUTH, 401, "authentication_error", None, "invalid api key"),
    ("N30", "server", 500, None, None, "prompt is too long to log"),
    ("N31", BAD, 400, "invalid_request_error", None, "unexpected token ids [1, 429, 7]"),
    ("N33", "overloaded", 529, "overloaded_error", None, "Overloaded"),
    ("N35", NOT_FOUND, 404, "invalid_request_error", None, "No models loaded. Please load a model in the developer page or use the 'lms load' command."),
    ("M02", NOT_FOUND, 400, "invalid_request_error", None, "No models loaded. Please load a model in the developer page or use the 'lms load' command."),
    ("N38", BAD, 400, None, None, "Model does not support images. Please use a model that does."),
    ("A09", BAD, 500, "server_error", 500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    ("N40", BAD, 400, "invalid_request_error", None, "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)"),
    ("N41", NOT_FOUND, 404, "invalid_request_error", None, "AI model not found or inactive for capability=chat: MiniMax-M2.7"),
    ("M18", "server", 400, None, None, "The model has crashed without additional information. (Exit code: null)"),
    ("E32", "content_filter", 400, None, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."),
]  # fmt: skip


def openai_body(kind: str | None, code: Any, text: str) -> Any:
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


def plain_string(kind: str | None, code: Any, text: str) -> Any:
    return {"error": text} if kind is code is None else openai_body(kind, code, text)


def flat(kind: str | None, code: Any, text: str) -> Any:
    return {"object": "error", "message": text, "type": kind, "param": None, "code": code}


def anthropic_body(kind: str | None, code: Any, text: str) -> Any:
    return {"type": "error", "error": {"type": kind, "code": code, "message": text}, "request_id": "req_1"}


def listed(kind: str | None, code: Any, text: str) -> Any:
    return [{"error": {"code": code, "message": text, "status": kind}}]


def nested_text(kind: str | None, code: Any, text: str) -> Any:
    return {"error": {"message": json.dumps(openai_body(kind, code, text)), "code": None, "type": None}}


def wrapped(kind: str | None, code: Any, text: str) -> Any:
    raw = json.dumps(openai_body(kind, code, text))
    return {"error": {"message": "Provider returned error", "metadata": {"raw": raw}}}


def as_text(kind: str | None, code: Any, text: str) -> Any:
    return json.dumps(openai_body(kind, code, text))


def as_bytes(kind: str | None, code: Any, text: str) -> Any:
    return json.dumps(openai_body(kind, code, text)).encode()


SHAPES = [openai_body, plain_string, flat, anthropic_body, listed, nested_text, wrapped, as_text, as_bytes]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_words_of_a_provider_mean_the_same_in_every_shape(row: Any, shape: Any) -> None:
    _, expected, status, kind, code, text = row

    failure = classify(status, shape(kind, code, text))

    assert failure.kind == expected
    assert text in failure.message


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "bad_request"),
        (401, "authentication"),
        (402, "quota"),
        (403, "permission"),
        (404, "not_found"),
        (408, "timeout"),
        (413, "bad_request"),
        (422, "bad_request"),
        (429, "rate_limit"),
        (500, "server"),
        (502, "server"),
        (503, "overloaded"),
        (504, "timeout"),
        (529, "overloaded"),
    ],
)
@pytest.mark.parametrize("body", [None, "", b"", {}, "<html><title>Bad Gateway</title></html>"])
def test_a_status_alone_says_enough(status: int, expected: str, body: Any) -> None:
    failure = classify(status, body)

    assert failure.kind == expected
    assert failure.status == status
    assert failure.message


def test_an_error_inside_a_200_carries_its_own_status() -> None:
    failure = classify(200, {"error": {"message": "slow down", "code": 429}})

    assert (failure.kind, failure.status) == ("rate_limit", 429)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("context_limit", "context_limit"), ("not_loaded", "not_loaded"), ("provider_error", "rate_limit")],
)
def test_three_codes_drive_the_callers_loop(code: str, kind: str) -> None:
    assert LLMProviderError("why", kind=ErrorKind(kind)).code == code


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "code", "type", "x"]), inner)
    ),
)


@given(status=st.none() | st.integers(100, 599), body=json_values | st.binary())
def test_any_body_at_all_is_classified(status: int | None, body: Any) -> None:
    failure = classify(status, body)

    assert failure.kind in list(ErrorKind)
    assert failure.message


@given(text=st.text(), header=st.text())
def test_a_rate_limit_status_is_never_a_context_limit(text: str, header: str) -> None:
    """The caller would throw its history away and run into the same limit again."""
    assert classify(429, {"error": {"message": text, "code": header}}).kind in ("rate_limit", "quota")
