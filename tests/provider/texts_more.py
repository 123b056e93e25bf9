"""More error texts of providers, servers and gateways, as their users quote them in public.

Those about the length of a prompt come first, with some that only sound like it.
"""

from __future__ import annotations

from tests.provider.texts import AUTH, BAD, CTX, FILTER, NOT_FOUND, OVERLOADED, QUOTA, RATE, SERVER, ErrorText

PERMISSION, TIMEOUT = "permission", "timeout"

OVERFLOWS = [
    ErrorText("bedrock-titan", CTX, 400, "ValidationException", None, "Malformed input request: expected maxLength: 50000, actual: 57132, please reformat your input and try again."),
    ErrorText("groq", CTX, 400, "invalid_request_error", "context_length_exceeded", "Please reduce the length of the messages or completion."),
    ErrorText("tgi", CTX, 422, "validation", None, "Input validation error: `inputs` must have less than 1024 tokens. Given: 2031"),
    ErrorText("openrouter-either", CTX, 400, None, 400, "Please reduce the length of either one, or use the middle-out transform to compress your prompt automatically."),
    ErrorText("ds4", CTX, 400, None, None, "Prompt has 41250 tokens, but the configured context size is 32768 tokens"),
    ErrorText("kimi", CTX, 400, "invalid_request_error", None, "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),
    ErrorText("snowflake", CTX, 400, None, None, "max tokens of 200000 exceeded"),
    ErrorText("github", CTX, 413, None, "tokens_limit_reached", "Request body too large for gpt-4o model. Max size: 8000 tokens."),
    ErrorText("prose-full", CTX, 400, None, None, "The context window is full."),
    ErrorText("prose-conversation", CTX, 400, None, None, "The conversation is too long for this model"),
    ErrorText("prose-many", CTX, 400, None, None, "Too many tokens in the prompt: 9001"),
    ErrorText("prose-most", CTX, 400, None, None, "The prompt may have at most 8192 tokens"),
    ErrorText("prose-over", CTX, 400, None, None, "You are over the model's context limit by 317 tokens"),
    ErrorText("prose-ran-out", CTX, 500, None, None, "ran out of context"),
]  # fmt: skip

SOUNDS_LIKE_OVERFLOW = [
    ErrorText("anthropic-output", BAD, 400, "invalid_request_error", None, "max_tokens: 65536 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-20250514"),
    ErrorText("databricks-output", BAD, 400, "BAD_REQUEST", None, "max_tokens (10000) cannot exceed 8192. Please reduce the length of max output tokens generated."),
    ErrorText("gemini-output", BAD, 400, "INVALID_ARGUMENT", None, "Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again."),
    ErrorText("vllm-output", BAD, 400, "BadRequestError", 400, "max_tokens=5000 cannot be greater than max_model_len=max_total_tokens=4096. Please request fewer output tokens."),
    ErrorText("qwen-output", BAD, 400, "invalid_request_error", "invalid_parameter_error", "Range of max_tokens should be [1, 8192]"),
    ErrorText("anthropic-thinking", BAD, 400, "invalid_request_error", None, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    ErrorText("pydantic", BAD, 422, None, None, "max_tokens: Input should be less than or equal to 8192"),
    ErrorText("openai-truncated", BAD, 400, "invalid_request_error", None, "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens."),
    ErrorText("openai-string", BAD, 400, "invalid_request_error", "string_above_max_length", "Invalid 'messages[1].name': string too long. Expected a string with maximum length 64, but got a string with length 71 instead."),
    ErrorText("openai-array", BAD, 400, "invalid_request_error", "array_above_max_length", "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead."),
    ErrorText("openai-messages-array", BAD, 400, "invalid_request_error", "array_above_max_length", "Invalid 'messages': array too long. Expected an array with maximum length 2048, but got an array with length 2049 instead."),
    ErrorText("openai-id", BAD, 400, "invalid_request_error", "string_above_max_length", "Invalid 'input[3].id': string too long. Expected a string with maximum length 64, but got a string with length 408 instead."),
    ErrorText("openai-cache-key", BAD, 400, "invalid_request_error", "string_above_max_length", "Invalid 'prompt_cache_key': string too long. Expected a string with maximum length 64."),
    ErrorText("openai-tool", BAD, 400, "invalid_request_error", "string_above_max_length", "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024, but got a string with length 1325 instead."),
    ErrorText("anthropic-image", BAD, 400, "invalid_request_error", None, "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 5316852 bytes > 5242880 bytes"),
    ErrorText("anthropic-pixels", BAD, 400, "invalid_request_error", None, "messages.4.content.1.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels"),
    ErrorText("anthropic-pdf", BAD, 400, "invalid_request_error", None, "A maximum of 100 PDF pages may be provided, but the input has 212."),
    ErrorText("anthropic-413", BAD, 413, "request_too_large", None, "Request exceeds the maximum size"),
    ErrorText("groq-413", BAD, 413, "invalid_request_error", "request_too_large", "Request Entity Too Large"),
    ErrorText("nginx-413", BAD, 413, None, None, "request body too large"),
    ErrorText("gemini-payload", BAD, 400, "INVALID_ARGUMENT", None, "Request payload size exceeds the limit: 20971520 bytes."),
    ErrorText("image-large", BAD, 400, None, None, "Input image is too large: the limit is 20 MB"),
    ErrorText("file-large", BAD, 400, None, None, "The file is too large for this model"),
    ErrorText("name-long", BAD, 400, None, None, "tool name is too long: the maximum is 64 characters"),
    ErrorText("uri-long", BAD, 414, None, None, "Request-URI Too Long"),
    ErrorText("anthropic-schema", BAD, 400, "invalid_request_error", None, "tools.0.custom.input_schema: length of properties exceeds the maximum of 100"),
    ErrorText("openai-schema", BAD, 400, "invalid_request_error", None, "Invalid schema for response_format: total length of all property names exceeds 15000 characters"),
    ErrorText("openai-stop", BAD, 400, None, None, "stop sequences: too many, at most 4 are allowed"),
    ErrorText("load-memory", NOT_FOUND, 400, None, None, "Failed to load model. Error: not enough memory for context length 32768"),
    ErrorText("azure-tpm", RATE, 429, None, "429", "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds."),
    ErrorText("anthropic-itpm", RATE, 429, "rate_limit_error", None, "This request would exceed your organization's rate limit of 30,000 input tokens per minute. Please reduce the prompt length or the maximum tokens requested, or try again later."),
    ErrorText("anthropic-itpm-400", RATE, 400, None, None, "Number of input tokens has exceeded your per-minute rate limit; please reduce the prompt length."),
    ErrorText("groq-tpd", RATE, 429, "tokens", "rate_limit_exceeded", "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_x` service tier `on_demand` on tokens per day (TPD): Limit 100000, Used 99650, Requested 1205."),
    ErrorText("cerebras-tpm", RATE, 429, "too_many_tokens_error", "token_quota_exceeded", "Tokens per minute limit exceeded - too many tokens processed."),
]  # fmt: skip

WAITS = [
    ErrorText("openai-slow", OVERLOADED, 503, "server_error", "slow_down", "Slow down"),
    ErrorText("gemini", RATE, 429, "RESOURCE_EXHAUSTED", None, "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10\nPlease retry in 38.4s."),
    ErrorText("vertex-429", RATE, 429, "RESOURCE_EXHAUSTED", None, "Resource has been exhausted (e.g. check quota).", alone=SERVER, without_status=RATE),
    ErrorText("kimi-rpm", RATE, 429, "rate_limit_reached_error", None, "Your account org-x request reached organization max RPM: 3, please try again after 1 seconds"),
    ErrorText("kimi-concurrency", RATE, 429, "rate_limit_reached_error", None, "request reached organization max concurrency: 1, please try again after 1 seconds"),
    ErrorText("qwen", RATE, 429, None, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit.", alone=QUOTA, without_code=QUOTA),
    ErrorText("cloudflare", FILTER, 424, None, 2016, "Prompt blocked due to security configurations"),
    ErrorText("cloudflare", RATE, 429, None, 3040, "Capacity temporarily exceeded, please try again."),
    ErrorText("codex", RATE, 429, "usage_limit_reached", None, "The usage limit has been reached"),
    ErrorText("bare", RATE, 429, None, None, "Too Many Requests"),
]  # fmt: skip

MONEY = [
    ErrorText("openai-hard", QUOTA, 400, "insufficient_quota", "billing_hard_limit_reached", "Billing hard limit has been reached."),
    ErrorText("anthropic", QUOTA, 400, "invalid_request_error", None, "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."),
    ErrorText("bedrock", QUOTA, 400, "ServiceQuotaExceededException", None, "Your request exceeds the quota for your account."),
    ErrorText("deepseek", QUOTA, 402, "unknown_error", "invalid_request_error", "Insufficient Balance"),
    ErrorText("openrouter-key", QUOTA, 403, None, 403, "Key limit exceeded (total limit)."),
    ErrorText("glm", QUOTA, 429, None, "1113", "余额不足或无可用资源包,请充值。"),
    ErrorText("qwen", QUOTA, 400, None, "Arrearage", "Access denied, please make sure your account is in good standing."),
    ErrorText("siliconflow", QUOTA, 403, None, 30001, "Sorry, your account balance is insufficient"),
    ErrorText("mistral", QUOTA, 402, "insufficient_quota", None, "You have run out of credits."),
    ErrorText("cohere", QUOTA, 402, None, None, "Please add or update your payment method at https://dashboard.cohere.com/billing"),
    ErrorText("copilot", QUOTA, 402, None, "quota_exceeded", "You have exceeded your premium request allowance.", alone=BAD),
    ErrorText("litellm-budget", QUOTA, 400, "budget_exceeded", "400", "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0"),
]  # fmt: skip

KEYS = [
    ErrorText("openai-none", AUTH, 401, "invalid_request_error", None, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."),
    ErrorText("azure", AUTH, 401, None, "401", "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription."),
    ErrorText("anthropic-bearer", AUTH, 401, "authentication_error", None, "Invalid bearer token"),
    ErrorText("bedrock-expired", AUTH, 403, "ExpiredTokenException", None, "The security token included in the request is expired"),
    ErrorText("cohere", AUTH, 401, None, None, "invalid api token"),
    ErrorText("mistral", AUTH, 401, None, None, "Unauthorized"),
    ErrorText("xai", AUTH, 400, None, None, "Incorrect API key provided: xa***ab. You can obtain an API key from https://console.x.ai."),
    ErrorText("openrouter", AUTH, 401, None, 401, "No auth credentials found"),
    ErrorText("fastapi", AUTH, 401, None, None, "Not authenticated"),
]  # fmt: skip

DOORS = [
    ErrorText("openai", PERMISSION, 403, "invalid_request_error", None, "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization."),
    ErrorText("anthropic", PERMISSION, 403, "permission_error", None, "Your API key does not have permission to use the specified resource."),
    ErrorText("gemini", PERMISSION, 403, "PERMISSION_DENIED", None, "Generative Language API has not been used in project 1 before or it is disabled.", alone=SERVER),
    ErrorText("bedrock", PERMISSION, 403, "AccessDeniedException", None, "You don't have access to the model with the specified model ID."),
    ErrorText("azure", PERMISSION, 403, None, "403", "Access denied due to Virtual Network/Firewall rules."),
    ErrorText("cohere", PERMISSION, 403, None, None, "your organization has no access to this model"),
    ErrorText("waf", PERMISSION, 403, None, None, "Forbidden"),
]  # fmt: skip

FILTERS = [
    ErrorText("openai", FILTER, 400, "invalid_request_error", "content_policy_violation", "Your request was rejected as a result of our safety system."),
    ErrorText("openai-usage", FILTER, 400, "invalid_request_error", "invalid_prompt", "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt."),
    ErrorText("vertex", FILTER, 400, "INVALID_ARGUMENT", None, "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices."),
    ErrorText("cohere", FILTER, 498, None, None, "the request or the response contains a deny-listed token"),
    ErrorText("openrouter", FILTER, 403, None, 403, "Your chosen model requires moderation and your input was flagged for violence"),
    ErrorText("qwen", FILTER, 400, None, "DataInspectionFailed", "Input data may contain inappropriate content."),
    ErrorText("deepseek", FILTER, 400, "invalid_request_error", "invalid_request_error", "Content Exists Risk"),
    ErrorText("kimi", FILTER, 400, "content_filter", None, "The request was rejected because it was considered high risk"),
    ErrorText("glm", FILTER, 400, None, "1301", "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语。"),
]  # fmt: skip

MODELS = [
    ErrorText("openai-url", NOT_FOUND, 404, "invalid_request_error", "unknown_url", "Unknown request URL: POST /v2/chat/completions. Please check the URL for typos."),
    ErrorText("azure", NOT_FOUND, 404, None, "DeploymentNotFound", "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."),
    ErrorText("anthropic", NOT_FOUND, 404, "not_found_error", None, "model: claude-9", alone=SERVER),
    ErrorText("gemini", NOT_FOUND, 404, "NOT_FOUND", None, "models/tiny is not found for API version v1beta, or is not supported for generateContent."),
    ErrorText("bedrock", NOT_FOUND, 400, "ValidationException", None, "The provided model identifier is invalid."),
    ErrorText("bedrock-old", NOT_FOUND, 404, "ResourceNotFoundException", None, "This model version has reached the end of its life."),
    ErrorText("mistral", NOT_FOUND, 400, "invalid_model", "1500", "Invalid model: tiny"),
    ErrorText("deepseek", NOT_FOUND, 400, "invalid_request_error", "invalid_request_error", "Model Not Exist"),
    ErrorText("cohere", NOT_FOUND, 404, None, None, "model 'command-r' was removed on September 15, 2025."),
    ErrorText("openrouter", NOT_FOUND, 400, None, 400, "openrouter/foo is not a valid model ID"),
    ErrorText("fastapi", NOT_FOUND, 404, None, None, "Not Found", without_status=SERVER),
]  # fmt: skip

SERVERS = [
    ErrorText("gemini-demand", OVERLOADED, 503, "UNAVAILABLE", None, "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later."),
    ErrorText("gemini-late", TIMEOUT, 504, "DEADLINE_EXCEEDED", None, "The request timed out. Please try again."),
    ErrorText("bedrock", OVERLOADED, 503, "ServiceUnavailableException", None, "Bedrock is unable to process your request.", alone=SERVER),
    ErrorText("bedrock-not-ready", RATE, 429, "ModelNotReadyException", None, "The model is not ready for inference.", without_status=OVERLOADED),
    ErrorText("huggingface", OVERLOADED, 503, None, None, "Model bigscience/bloom is currently loading"),
    ErrorText("llama.cpp", OVERLOADED, 503, "unavailable_error", 503, "Loading model"),
    ErrorText("oneapi", OVERLOADED, 503, None, None, "no available channel for model tiny"),
    ErrorText("not-a-model", SERVER, 500, None, None, "model runner not found", without_status=NOT_FOUND),
]  # fmt: skip

REQUESTS = [
    ErrorText("openai", BAD, 400, "invalid_request_error", "invalid_value", "Invalid value for 'temperature'."),
    ErrorText("openai-image", BAD, 400, "invalid_request_error", "invalid_image_url", "Timeout while downloading https://example.org/image.png.", alone=TIMEOUT),
    ErrorText("bedrock", BAD, 400, "ValidationException", None, "Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again."),
    ErrorText("mistral", BAD, 400, "invalid_request_error", None, "Expected last role User or Tool but got assistant"),
    ErrorText("pydantic", BAD, 422, None, None, "messages: Field required"),
    ErrorText("ollama", BAD, 400, None, None, "registry.ollama.ai/library/gemma:latest does not support tools"),
]  # fmt: skip

MORE = [
    *(*OVERFLOWS, *SOUNDS_LIKE_OVERFLOW, *WAITS, *MONEY, *KEYS),
    *(*DOORS, *FILTERS, *MODELS, *SERVERS, *REQUESTS),
]
