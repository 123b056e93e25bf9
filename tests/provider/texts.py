"""Error messages of providers, verbatim, and the kind of each.

Short texts from public issues, each with its row in the project's collection of real bugs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

CTX, RATE, QUOTA = "context_limit", "rate_limit", "quota"
BAD, NOT_FOUND, AUTH = "bad_request", "not_found", "authentication"
SERVER, OVERLOADED, FILTER = "server", "overloaded", "content_filter"


class ErrorText(NamedTuple):
    """One failure, with the message that a provider sends.

    Attributes:
        row: its row in the collection, or a label.
        kind: its kind.
        status: the HTTP status; None inside a 200, and where it is unknown.
        type: the structured type of the body.
        code: the structured code of the body.
        text: the message.
        without_code: its kind in a body without type and code, if another one.
        without_status: its kind in an event of a stream, which has no status, if another one.
        alone: its kind without both, if another one.
    """

    row: str
    kind: str
    status: int | None
    type: str | None
    code: Any
    text: str
    without_code: str = ""
    without_status: str = ""
    alone: str = ""

    def kind_in(self, *, has_code: bool, has_status: bool) -> str:
        """Its kind in a body with or without the code, with or without a status."""
        if not has_code and not has_status:
            return self.alone or self.without_status or self.without_code or self.kind
        return (not has_code and self.without_code) or (not has_status and self.without_status) or self.kind


OVERFLOWS = [
    ErrorText("P01", CTX, 400, "invalid_request_error", "context_length_exceeded", "This model's maximum context length is 128000 tokens. However, your messages resulted in 132166 tokens (including 317 in the response_format schemas.). Please reduce the length of the messages or schemas."),
    ErrorText("P03", CTX, 400, None, None, "This model's maximum context length is 4097 tokens. However, you requested 4137 tokens (137 in the messages, 4000 in the completion). Please reduce the length of the messages or completion."),
    ErrorText("P05", CTX, None, None, "context_length_exceeded", "Your input exceeds the context window of this model. Please adjust your input and try again."),
    ErrorText("P06", CTX, None, None, None, "Your input exceeds the model's context window"),
    ErrorText("P08", CTX, 400, "invalid_request_error", None, "prompt is too long: 216868 tokens > 200000 maximum"),
    ErrorText("P10", CTX, 400, "invalid_request_error", None, "input length and `max_tokens` exceed context limit: 195261 + 12288 > 204650, decrease input length or `max_tokens` and try again"),
    ErrorText("P11", CTX, 400, None, "invalid_request_body", "input length and max_tokens exceed context limit: 189727 + 16000 > 200000, decrease input length or max_tokens and try again"),
    ErrorText("P13", CTX, 400, "ValidationException", None, "Input is too long for requested model."),
    ErrorText("P15", CTX, 400, "INVALID_ARGUMENT", None, "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576)."),
    ErrorText("P16", CTX, 400, "INVALID_ARGUMENT", None, "The input token count exceeds the maximum number of tokens allowed 1048576."),
    ErrorText("P18", CTX, 400, None, None, "This model's maximum prompt length is 131072 but the request contains 136973 tokens."),
    ErrorText("P20", CTX, 400, None, None, "Please reduce the length of the messages or completion. Current length is 42328 while limit is 40000"),
    ErrorText("P23", CTX, 400, None, None, "The total length of all messages is too long."),
    ErrorText("P25", CTX, 400, None, 400, "This model's maximum context length is 262144 tokens. However, your messages resulted in 262897 tokens."),
    ErrorText("P26", CTX, 400, None, None, "Input length 300000 exceeds the maximum allowed input length of 262144 tokens."),
    ErrorText("P28", CTX, 400, "BadRequestError", 400, "The input (1492905 tokens) is longer than the model's context length (1048576 tokens)."),
    ErrorText("P30", CTX, 400, "BadRequestError", 400, "This model's maximum context length is 262144 tokens. However, you requested 128000 output tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens. (parameter=input_tokens, value=134145)"),
    ErrorText("P31", CTX, 400, "BadRequestError", 400, "max_tokens must be at least 1, got -186."),
    ErrorText("P33", CTX, 400, "exceed_context_size_error", 400, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    ErrorText("P35", CTX, None, "exceed_context_size_error", 400, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    ErrorText("P36", CTX, 500, "server_error", 500, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    ErrorText("P38", CTX, 400, None, None, "Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough."),
    ErrorText("P40", CTX, None, None, None, "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"),
    ErrorText("P41", CTX, 400, None, None, "prompt too long; exceeded max context length by 5000 tokens"),
    ErrorText("P43", CTX, 400, None, None, "invalid params, context window exceeds limit (ref: 1)"),
    ErrorText("P45", CTX, 400, None, "model_context_window_exceeded", "1261", without_code=BAD, alone=SERVER),
    ErrorText("P46", CTX, 400, None, None, "Range of input length should be [1, 129024]"),
    ErrorText("P48", CTX, 422, None, None, "`inputs` tokens + `max_new_tokens` must be <= 4096"),
    ErrorText("P50", CTX, 400, None, "400", 'litellm.BadRequestError: litellm.ContextWindowExceededError: AnthropicError - {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 209303 tokens > 200000 maximum"}}'),
    ErrorText("P51", CTX, 400, None, None, "Prompt exceeds maximum context length"),
    ErrorText("E19", CTX, 400, None, "model_max_prompt_tokens_exceeded", "prompt token count of 138898 exceeds the limit of 64000"),
]  # fmt: skip

RATE_LIMITS = [
    ErrorText("R01", RATE, 429, "tokens", "rate_limit_exceeded", "Rate limit reached for gpt-4o in organization org-X on tokens per min (TPM): Limit 30000, Used 14567, Requested 24754. Please try again in 18.642s."),
    ErrorText("R03", RATE, None, "tokens", "rate_limit_exceeded", "Rate limit reached for o4-mini Limit 200000, Used 162960, Requested 42288."),
    ErrorText("R05", RATE, 413, None, None, "Request too large for model `openai/gpt-oss-120b` on tokens per minute (TPM): Limit 8000, Requested 20449"),
    ErrorText("R06", RATE, 429, "rate_limit_error", None, "This request would exceed your account's rate limit. Please try again later."),
    ErrorText("R08", RATE, 429, "ThrottlingException", None, "Too many tokens, please wait before trying again."),
    ErrorText("R10", RATE, 429, None, None, "Throttling error: Too many tokens, please wait before trying again."),
    ErrorText("R11", RATE, None, None, None, "Tokens per minute limit exceeded - too many tokens processed"),
    ErrorText("R13", RATE, None, None, "rate_limited", "Sorry, you have exceeded your Copilot token usage."),
    ErrorText("R15", RATE, None, None, None, "request reached organization TPD rate limit, current: 1506556, limit: 1500000"),
    ErrorText("R16", RATE, 429, None, None, "This request exceeds the limit of 30000 tokens per minute"),
    ErrorText("R18", RATE, None, None, None, "service tier capacity exceeded"),
    ErrorText("R20", RATE, 429, None, None, "Weekly usage limit reached. Resets in 6hr 29min."),
    ErrorText("R21", RATE, None, None, None, "Too many tokens, please wait before trying again."),
    ErrorText("E04", RATE, 429, "tokens", "rate_limit_exceeded", "Request too large for gpt-4o in organization org-X on tokens per min (TPM): Limit 30000, Requested 132819. The input or output tokens must be reduced in order to run successfully."),
    ErrorText("E28", RATE, 429, None, None, "usage limit exceeded, 5-hour usage limit reached for Token Plan Starter (0/0 used), resets at 12:00 (2056)"),
    ErrorText("E30", RATE, 429, None, None, "Extra usage is required for long context requests."),
]  # fmt: skip

OTHERS = [
    ErrorText("N01", BAD, 400, "invalid_request_error", "invalid_value", "max_tokens is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480."),
    ErrorText("N05", BAD, 400, "invalid_request_error", "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
    ErrorText("N06", BAD, 400, "ValidationException", None, "The maximum tokens you requested exceed the model limit of 4096. Try again with a maximum tokens value lower than 4096."),
    ErrorText("N08", BAD, 400, None, None, "Requested max_tokens exceeds the model output limit"),
    ErrorText("N10", BAD, 400, None, None, "temperature exceeds maximum allowed value"),
    ErrorText("N11", BAD, 400, None, None, "schema is too long"),
    ErrorText("N13", BAD, 400, None, None, "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 217 instead."),
    ErrorText("N15", BAD, 400, None, None, "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead."),
    ErrorText("N16", BAD, 400, "INVALID_ARGUMENT", None, "Invalid function name. Must start with a letter or an underscore, with a maximum length of 64."),
    ErrorText("N18", QUOTA, 402, None, 402, "This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 222."),
    ErrorText("N20", QUOTA, 402, None, 402, "Insufficient credits. This account never purchased credits."),
    ErrorText("N21", QUOTA, 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details."),
    ErrorText("N23", QUOTA, 500, "api_error", None, "your current token plan not support model, MiniMax-M2.7-highspeed (2061)"),
    ErrorText("N25", AUTH, 403, None, None, "token expired or invalid: 403"),
    ErrorText("N26", AUTH, 401, "invalid_request", "invalid_api_key", "An LM Studio API token is required to make requests to this server, but none was provided"),
    ErrorText("N28", AUTH, 401, "authentication_error", None, "invalid api key"),
    ErrorText("N30", SERVER, 500, None, None, "prompt is too long to log"),
    ErrorText("N31", BAD, 400, "invalid_request_error", None, "unexpected token ids [1, 429, 7]", alone=SERVER),
    ErrorText("N33", OVERLOADED, 529, "overloaded_error", None, "Overloaded"),
    ErrorText("N35", NOT_FOUND, 404, "invalid_request_error", None, "No models loaded. Please load a model in the developer page or use the 'lms load' command."),
    ErrorText("N36", NOT_FOUND, 400, None, None, 'Failed to load model "qwen/qwen3-coder-30b". Error: Operation canceled.'),
    ErrorText("N38", BAD, 400, None, None, "Model does not support images. Please use a model that does."),
    ErrorText("N40", BAD, 400, "invalid_request_error", None, "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)"),
    ErrorText("N41", NOT_FOUND, 404, "invalid_request_error", None, "AI model not found or inactive for capability=chat: MiniMax-M2.7"),
    ErrorText("E07", BAD, 400, "invalid_request_error", "string_above_max_length", "Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length 70 instead."),
    ErrorText("E26", QUOTA, 400, "invalid_request_error", None, "Your credit balance is too low to access the Anthropic API."),
    ErrorText("E32", FILTER, 400, None, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."),
    ErrorText("A09", BAD, 500, "server_error", 500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    ErrorText("M18", SERVER, 400, None, None, "The model has crashed without additional information. (Exit code: null)"),
]  # fmt: skip

ROWS = [*OVERFLOWS, *RATE_LIMITS, *OTHERS]
