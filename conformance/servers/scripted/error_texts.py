"""What providers write in the body of a 400, in their own words, from public issues."""

from __future__ import annotations

OVERFLOWS = [
    "This model's maximum context length is 4097 tokens. However, you requested 4137 tokens.",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "prompt is too long: 216868 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 195261 + 12288 > 204650",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens.",
    "The input (1492905 tokens) is longer than the model's context length (1048576 tokens).",
    "Prompt contains 40012 tokens, too large for model with 32768 maximum context length",
    "The total length of all messages is too long.",
    "max_tokens must be at least 1, got -186.",
    "This model's maximum context length is 3 tokens. However, your request has 8 input tokens",
    'litellm.ContextWindowExceededError: AnthropicError - {"type":"error"}',
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "Total tokens of image and text exceed max message tokens. Request id: 021758123456789",
    "tokens in request more than max tokens allowed",
    "messages token length must be in (0, 131072]",
    "number of input tokens (204703) has exceeded max_prompt_tokens (202752) limit.",
    "the max input characters is 20000",
    *("请求的token数超过模型的最大上下文长度", "模型上下文超限", "提示词过长", "token 数量超出上限"),
    *("入力が長すぎます", "入力トークン数が上限を超えています", "최대 컨텍스트 길이를 초과했습니다"),
    "Превышена максимальная длина контекста",
]
"""A history that is too long for the model."""

NO_OVERFLOWS = [
    "max_tokens is too large: 20480. This model supports at most 16384 completion tokens.",
    "Invalid 'max_tokens': integer above maximum value, expected a value <= 32768, but got 65536",
    "The maximum tokens you requested exceed the model limit of 4096.",
    "temperature exceeds maximum allowed value",
    "schema is too long",
    "Invalid 'user': string too long. Expected a string with maximum length 64, but got one of 70.",
    "Invalid 'tools': array too long. Expected an array with maximum length 128.",
    "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1.",
    "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 5316852 bytes > 5242880 bytes",
    "unexpected token ids [1, 429, 7]",
    "image tokens exceed max image tokens",
    "max_completion_tokens exceed max completion tokens 4096",
    *("图片大小超过限制", "max_tokens 超过上限", "工具描述长度超过限制", "画像サイズが上限を超えています"),
]
"""A request with a mistake, in words that resemble an overflow."""

WAITS = [
    "Too many tokens, please wait before trying again.",
    "Too many tokens per day, please wait before trying again.",
    "Tokens per minute limit exceeded - too many tokens processed",
    "This request exceeds the limit of 30000 tokens per minute",
    "Request too large for model `tiny` on tokens per minute (TPM): Limit 8000, Requested 20449",
    "usage limit exceeded, 5-hour usage limit reached (0/0 used), resets at 12:00 (2056)",
    "Extra usage is required for long context requests.",
    "Total tokens of image and text exceed max message tokens per minute",
    *(
        "每分钟输入token数超过限制",
        "1分あたりの入力トークン数が上限を超えました",
        "분당 토큰 한도를 초과했습니다",
    ),
    "Превышен лимит токенов в минуту",
]
"""A rate limit, also one that counts tokens."""

BILLS = [
    "Your credit balance is too low to access the API.",
    "your current token plan not support model, MiniMax-M2.7-highspeed (2061)",
    "Maximum monthly tokens exceeded for your plan",
    "This request requires more credits, or fewer max_tokens. You can only afford 222.",
    "账户余额不足，请充值",
    "账户已欠费",
    "额度不足",
]
"""An account without credit."""
