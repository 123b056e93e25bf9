"""Error texts in other words: another verb, another order, other numbers.

Invented, to test that the rules know families of words and not only the texts that providers really send. Of
texts that the same words decide there is one.
"""

from __future__ import annotations

PARAPHRASED: dict[tuple[str, int | None], list[str]] = {
    ("context_limit", 400): [
        "The context length of this model is 8192 tokens but you supplied 9000",
        "maximum sequence length exceeded",
        "The messages are too long. Please shorten them.",
        "Maximum input length is 8192 tokens, got 9001",
        "Your messages exceed the model's input limit",
        "Model context limit reached",
        "Token limit exceeded: 9001 > 8192",
        "Please shorten your prompt",
        "input_tokens: 9001 exceeds limit 8192",
        "PromptTooLong",
        "This model only supports 8192 tokens of context; 9001 were given",
        "inputs must be shorter than 8192 tokens",
        "Trying to process 9001 tokens, but context is limited to 8192",
        "Your input has 9001 tokens which is more than the allowed 8192",
        "The request has too many input tokens",
        "The prompt's token count of 9001 is above the maximum of 8192",
        "The context is too long",
        "input is longer than the maximum",
        "exceeds maximum input tokens",
        "kv cache is full: prompt cannot fit",
        "total_tokens (9001) must be less than or equal to the model's max context (8192)",
        "`prompt` is too long. Max tokens: 8192, prompt tokens: 9001",
        "The number of input tokens (9001) plus max_tokens (1024) exceeds the model's maximum (8192)",
        "token count exceeds the maximum context window",
        "Invalid request: exceeded maximum tokens in prompt",
        "n_tokens (9001) > n_ctx (8192)",
        "Please try a shorter prompt",
        "The text you submitted is longer than the model's context",
        "Maximum tokens exceeded for input",
        "model's max_seq_len exceeded",
        "input has more tokens than the model supports",
        "the length of the prompt (9001) must be no more than 8192",
        "This model's context is limited to 8192 tokens; your prompt has 9001",
        "context window overflow",
        "The model cannot process more than 8192 input tokens",
        "Reduce the number of input tokens",
        "prompt size 9001 tokens, max 8192",
    ],
    ("context_limit", 422): [
        "prompt token length 9001 > 8192",
        "Input length of input_ids is 9001, but max_length is set to 8192",
    ],
    ("bad_request", 400): [
        "The max_tokens parameter is too high; this model can output at most 4096 tokens",
        "audio input is too long: 3600 seconds",
        "Too many stop sequences",
        "Number of messages exceeds limit of 2048",
        "max_tokens value exceeds the limit",
        "Output token limit exceeded: max 8192",
        "system: text content blocks must be non-empty",
        "Unknown parameter: 'context_window'",
        "audio file exceeds maximum length of 25 minutes",
    ],
    ("rate_limit", None): [
        "You are sending requests too quickly",
        "Too many concurrent requests",
        "Daily token limit reached",
        "tokens per hour exceeded",
        "TPM limit hit: please retry in 3 seconds",
        "Request was throttled. Expected available in 12 seconds.",
        "You have reached your request limit for this minute",
        "Concurrency limit exceeded",
        "tokens per day limit reached",
    ],
    ("quota", None): [
        "Insufficient account balance",
        "Monthly spending limit reached",
        "Your free trial credits have expired",
        "Insufficient funds",
        "insufficient_quota",
        "You exceeded your current quota",
        "Monthly budget exceeded",
    ],
    ("quota", 429): [
        "Your credit balance is exhausted",
        "You have no credits left",
    ],
    ("quota", 400): [
        "Not enough credits",
    ],
    ("authentication", None): [
        "The API key you provided is invalid",
        "Your API key has been revoked",
        "Invalid authentication",
        "Authentication required",
        "Invalid token",
        "Signature expired",
        "Bad credentials",
    ],
    ("authentication", 403): [
        "Missing Authentication Token",
    ],
    ("permission", None): [
        "You are not allowed to use this model",
    ],
    ("not_found", None): [
        "No such model",
    ],
    ("not_found", 400): [
        "Model tiny is not available",
        "unknown model 'x'",
    ],
    ("content_filter", 400): [
        "The request was rejected by the safety filter",
        "Prompt violates our usage policies",
        "Prompt contains prohibited content",
    ],
    ("content_filter", None): [
        "Response blocked due to SAFETY",
    ],
    ("overloaded", None): [
        "Server is busy, please try again later",
        "We are currently experiencing high traffic",
        "All workers are busy",
        "No capacity available",
        "Service Unavailable",
        "The model is currently unavailable",
        "Engine is busy",
        "upstream is at capacity",
    ],
    ("server", None): [
        "CUDA out of memory",
    ],
    ("timeout", None): [
        "upstream request timeout",
    ],
    ("bad_request", None): [
        "Unsupported value: 'temperature'",
    ],
    ("authentication", 400): [
        "API key is missing",
    ],
}
"""By kind and HTTP status, None for an event of a stream."""
