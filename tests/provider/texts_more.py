"""Error texts of providers about anything but the length of a prompt: keys, money, limits, filters, models."""

from __future__ import annotations

from tests.provider.texts import AUTH, BAD, FILTER, NOT_FOUND, OVERLOADED, QUOTA, RATE, SERVER, ErrorText

PERMISSION, TIMEOUT = "permission", "timeout"

WAITS = [
    ErrorText("openai-old", RATE, 429, "requests", None, "Rate limit reached for default-gpt-3.5-turbo in organization org-x on requests per min. Limit: 3 / min. Please try again in 20s. Please add a payment method to your account to increase your rate limit."),
    ErrorText("openai-rpd", RATE, 429, "requests", "rate_limit_exceeded", "Rate limit reached for gpt-4 on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s."),
    ErrorText("openai-slow", OVERLOADED, 503, "server_error", "slow_down", "Slow down"),
    ErrorText("anthropic-429", RATE, 429, "rate_limit_error", None, "Number of request tokens has exceeded your per-minute rate limit"),
    ErrorText("anthropic-concurrent", RATE, 429, "rate_limit_error", None, "Number of concurrent connections has exceeded your rate limit. Please try again later or contact sales to discuss your options for a rate limit increase."),
    ErrorText("gemini", RATE, 429, "RESOURCE_EXHAUSTED", None, "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10\nPlease retry in 38.4s."),
    ErrorText("vertex-429", RATE, 429, "RESOURCE_EXHAUSTED", None, "Resource has been exhausted (e.g. check quota).", alone=SERVER, without_status=RATE),
    ErrorText("vertex-metric", RATE, 429, "RESOURCE_EXHAUSTED", None, "Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model with base model: gemini-pro."),
    ErrorText("bedrock-rpm", RATE, 429, "ThrottlingException", None, "Too many requests, please wait before trying again."),
    ErrorText("bedrock-day", RATE, 429, "ThrottlingException", None, "Too many tokens per day, please wait before trying again."),
    ErrorText("cohere-trial", RATE, 429, None, None, "You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits."),
    ErrorText("mistral", RATE, 429, "rate_limited", "1300", "Rate limit exceeded"),
    ErrorText("mistral-old", RATE, 429, None, None, "Requests rate limit exceeded"),
    ErrorText("groq-flex", RATE, 498, "server_error", "capacity_exceeded", "Flex tier capacity exceeded"),
    ErrorText("kimi-rpm", RATE, 429, "rate_limit_reached_error", None, "Your account org-x request reached organization max RPM: 3, please try again after 1 seconds"),
    ErrorText("kimi-concurrency", RATE, 429, "rate_limit_reached_error", None, "request reached organization max concurrency: 1, please try again after 1 seconds"),
    ErrorText("qwen", RATE, 429, None, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit.", alone=QUOTA, without_code=QUOTA),
    ErrorText("cloudflare", RATE, 429, None, 3040, "Capacity temporarily exceeded, please try again."),
    ErrorText("codex", RATE, 429, "usage_limit_reached", None, "The usage limit has been reached"),
    ErrorText("bare", RATE, 429, None, None, "Too Many Requests"),
]  # fmt: skip

MONEY = [
    ErrorText("openai", QUOTA, 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."),
    ErrorText("openai-hard", QUOTA, 400, "insufficient_quota", "billing_hard_limit_reached", "Billing hard limit has been reached."),
    ErrorText("openai-inactive", QUOTA, 429, "billing_not_active", "billing_not_active", "Your account is not active, please check your billing details on our website."),
    ErrorText("anthropic", QUOTA, 400, "invalid_request_error", None, "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."),
    ErrorText("gemini-prepaid", QUOTA, 429, None, None, "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing."),
    ErrorText("bedrock", QUOTA, 400, "ServiceQuotaExceededException", None, "Your request exceeds the quota for your account."),
    ErrorText("deepseek", QUOTA, 402, "unknown_error", "invalid_request_error", "Insufficient Balance"),
    ErrorText("openrouter", QUOTA, 402, None, 402, "You requested up to 64000 tokens, but can only afford 312. To increase, visit the credits page and add more credits"),
    ErrorText("openrouter-key", QUOTA, 403, None, 403, "Key limit exceeded (total limit)."),
    ErrorText("xai", QUOTA, 429, None, None, "Your team 16f2151a has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit."),
    ErrorText("huggingface", QUOTA, 402, None, None, "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits."),
    ErrorText("kimi", QUOTA, 429, "exceeded_current_quota_error", None, "Your account org-x is suspended, please check your plan and billing details"),
    ErrorText("glm", QUOTA, 429, None, "1113", "余额不足或无可用资源包,请充值。"),
    ErrorText("qwen", QUOTA, 400, None, "Arrearage", "Access denied, please make sure your account is in good standing."),
    ErrorText("siliconflow", QUOTA, 403, None, 30001, "Sorry, your account balance is insufficient"),
    ErrorText("minimax", QUOTA, 200, None, 1008, "insufficient balance"),
    ErrorText("mistral", QUOTA, 402, "insufficient_quota", None, "You have run out of credits."),
    ErrorText("cohere", QUOTA, 402, None, None, "Please add or update your payment method at https://dashboard.cohere.com/billing"),
    ErrorText("copilot", QUOTA, 402, None, "quota_exceeded", "You have exceeded your premium request allowance.", alone=BAD),
    ErrorText("litellm-budget", QUOTA, 400, "budget_exceeded", "400", "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0"),
]  # fmt: skip

KEYS = [
    ErrorText("openai", AUTH, 401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-abcd****wxyz. You can find your API key at https://platform.openai.com/account/api-keys."),
    ErrorText("openai-none", AUTH, 401, "invalid_request_error", None, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."),
    ErrorText("azure", AUTH, 401, None, "401", "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription."),
    ErrorText("anthropic", AUTH, 401, "authentication_error", None, "invalid x-api-key"),
    ErrorText("anthropic-bearer", AUTH, 401, "authentication_error", None, "Invalid bearer token"),
    ErrorText("anthropic-oauth", AUTH, 401, "authentication_error", None, "OAuth token has expired. Please obtain a new token or refresh your existing token."),
    ErrorText("gemini", AUTH, 400, "INVALID_ARGUMENT", None, "API key not valid. Please pass a valid API key."),
    ErrorText("gemini-expired", AUTH, 400, "INVALID_ARGUMENT", None, "API key expired. Please renew the API key."),
    ErrorText("vertex", AUTH, 401, "UNAUTHENTICATED", None, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."),
    ErrorText("bedrock", AUTH, 403, "UnrecognizedClientException", None, "The security token included in the request is invalid."),
    ErrorText("bedrock-expired", AUTH, 403, "ExpiredTokenException", None, "The security token included in the request is expired"),
    ErrorText("cohere", AUTH, 401, None, None, "invalid api token"),
    ErrorText("mistral", AUTH, 401, None, None, "Unauthorized"),
    ErrorText("groq", AUTH, 401, "invalid_request_error", "invalid_api_key", "Invalid API Key"),
    ErrorText("deepseek", AUTH, 401, "authentication_error", "invalid_request_error", "Authentication Fails, Your api key: ****abcd is invalid"),
    ErrorText("xai", AUTH, 400, None, None, "Incorrect API key provided: xa***ab. You can obtain an API key from https://console.x.ai."),
    ErrorText("openrouter", AUTH, 401, None, 401, "No auth credentials found"),
    ErrorText("together", AUTH, 401, "invalid_request_error", "invalid_api_key", "Invalid API key provided."),
    ErrorText("huggingface", AUTH, 401, None, None, "Invalid credentials in Authorization header"),
    ErrorText("fastapi", AUTH, 401, None, None, "Not authenticated"),
    ErrorText("copilot", AUTH, 401, None, None, "unauthorized: token expired"),
    ErrorText("litellm", AUTH, 500, None, None, "Missing credentials. Please pass an `api_key`, or set the environment variable: the api_key client option must be set"),
]  # fmt: skip

DOORS = [
    ErrorText("openai", PERMISSION, 403, "invalid_request_error", None, "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization."),
    ErrorText("openai-country", PERMISSION, 403, "request_forbidden", "unsupported_country_region_territory", "Country, region, or territory not supported", alone=BAD),
    ErrorText("anthropic", PERMISSION, 403, "permission_error", None, "Your API key does not have permission to use the specified resource."),
    ErrorText("gemini", PERMISSION, 403, "PERMISSION_DENIED", None, "Generative Language API has not been used in project 1 before or it is disabled.", alone=SERVER),
    ErrorText("bedrock", PERMISSION, 403, "AccessDeniedException", None, "You don't have access to the model with the specified model ID."),
    ErrorText("azure", PERMISSION, 403, None, "403", "Access denied due to Virtual Network/Firewall rules."),
    ErrorText("cohere", PERMISSION, 403, None, None, "your organization has no access to this model"),
    ErrorText("waf", PERMISSION, 403, None, None, "Forbidden"),
    ErrorText("too-long-for-you", PERMISSION, 403, None, None, "prompt is too long for your plan", without_status="context_limit"),
]  # fmt: skip

FILTERS = [
    ErrorText("azure", FILTER, 400, None, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry."),
    ErrorText("openai", FILTER, 400, "invalid_request_error", "content_policy_violation", "Your request was rejected as a result of our safety system."),
    ErrorText("openai-usage", FILTER, 400, "invalid_request_error", "invalid_prompt", "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt."),
    ErrorText("anthropic", FILTER, 400, "invalid_request_error", None, "Output blocked by content filtering policy"),
    ErrorText("vertex", FILTER, 400, "INVALID_ARGUMENT", None, "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices."),
    ErrorText("cohere", FILTER, 498, None, None, "the request or the response contains a deny-listed token"),
    ErrorText("openrouter", FILTER, 403, None, 403, "Your chosen model requires moderation and your input was flagged for violence"),
    ErrorText("qwen", FILTER, 400, None, "DataInspectionFailed", "Input data may contain inappropriate content."),
    ErrorText("deepseek", FILTER, 400, "invalid_request_error", "invalid_request_error", "Content Exists Risk"),
    ErrorText("kimi", FILTER, 400, "content_filter", None, "The request was rejected because it was considered high risk"),
    ErrorText("glm", FILTER, 400, None, "1301", "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语。"),
]  # fmt: skip

MODELS = [
    ErrorText("openai", NOT_FOUND, 404, "invalid_request_error", "model_not_found", "The model `gpt-9` does not exist or you do not have access to it."),
    ErrorText("openai-url", NOT_FOUND, 404, "invalid_request_error", "unknown_url", "Unknown request URL: POST /v2/chat/completions. Please check the URL for typos."),
    ErrorText("azure", NOT_FOUND, 404, None, "DeploymentNotFound", "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."),
    ErrorText("anthropic", NOT_FOUND, 404, "not_found_error", None, "model: claude-9", alone=SERVER),
    ErrorText("gemini", NOT_FOUND, 404, "NOT_FOUND", None, "models/tiny is not found for API version v1beta, or is not supported for generateContent."),
    ErrorText("bedrock", NOT_FOUND, 400, "ValidationException", None, "The provided model identifier is invalid."),
    ErrorText("bedrock-old", NOT_FOUND, 404, "ResourceNotFoundException", None, "This model version has reached the end of its life."),
    ErrorText("mistral", NOT_FOUND, 400, "invalid_model", "1500", "Invalid model: tiny"),
    ErrorText("groq", NOT_FOUND, 400, "invalid_request_error", "model_decommissioned", "The model `llama2-70b-4096` has been decommissioned and is no longer supported."),
    ErrorText("deepseek", NOT_FOUND, 400, "invalid_request_error", "invalid_request_error", "Model Not Exist"),
    ErrorText("cohere", NOT_FOUND, 404, None, None, "model 'command-r' was removed on September 15, 2025."),
    ErrorText("openrouter", NOT_FOUND, 400, None, 400, "openrouter/foo is not a valid model ID"),
    ErrorText("openrouter-tools", NOT_FOUND, 404, None, 404, "No endpoints found that support tool use.", alone=SERVER),
    ErrorText("ollama", NOT_FOUND, 404, None, None, "model 'llama9' not found, try pulling it first"),
    ErrorText("vllm", NOT_FOUND, 404, "NotFoundError", 404, "The model `tiny` does not exist."),
    ErrorText("fastapi", NOT_FOUND, 404, None, None, "Not Found", without_status=SERVER),
]  # fmt: skip

SERVERS = [
    ErrorText("openai", SERVER, 500, "server_error", None, "The server had an error while processing your request. Sorry about that!"),
    ErrorText("anthropic", SERVER, 500, "api_error", None, "Internal server error"),
    ErrorText("gemini", SERVER, 500, "INTERNAL", None, "An internal error has occurred. Please retry."),
    ErrorText("gemini-busy", OVERLOADED, 503, "UNAVAILABLE", None, "The model is overloaded. Please try again later."),
    ErrorText("gemini-demand", OVERLOADED, 503, "UNAVAILABLE", None, "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later."),
    ErrorText("gemini-late", TIMEOUT, 504, "DEADLINE_EXCEEDED", None, "The request timed out. Please try again."),
    ErrorText("bedrock", OVERLOADED, 503, "ServiceUnavailableException", None, "Bedrock is unable to process your request.", alone=SERVER),
    ErrorText("bedrock-not-ready", RATE, 429, "ModelNotReadyException", None, "The model is not ready for inference.", without_status=OVERLOADED),
    ErrorText("deepseek", OVERLOADED, 503, None, None, "Server is overloaded. Please retry your request after a brief wait."),
    ErrorText("huggingface", OVERLOADED, 503, None, None, "Model bigscience/bloom is currently loading"),
    ErrorText("llama.cpp", OVERLOADED, 503, "unavailable_error", 503, "Loading model"),
    ErrorText("openai-engine", OVERLOADED, 503, "server_error", None, "The engine is currently overloaded, please try again later."),
    ErrorText("oneapi", OVERLOADED, 503, None, None, "no available channel for model tiny"),
    ErrorText("gateway", SERVER, 502, None, None, "Bad Gateway"),
    ErrorText("ollama-memory", SERVER, 500, None, None, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"),
    ErrorText("cohere", SERVER, 500, None, None, "internal server error, this has been reported to our developers."),
    ErrorText("vllm-dead", SERVER, 500, "InternalServerError", 500, "EngineCore encountered an issue. See stack trace (above) for the root cause."),
    ErrorText("not-a-model", SERVER, 500, None, None, "model runner not found", without_status=NOT_FOUND),
]  # fmt: skip

REQUESTS = [
    ErrorText("openai", BAD, 400, "invalid_request_error", "invalid_value", "Invalid value for 'temperature'."),
    ErrorText("openai-type", BAD, 400, "invalid_request_error", "invalid_type", "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead."),
    ErrorText("openai-missing", BAD, 400, "invalid_request_error", "missing_required_parameter", "Missing required parameter: 'messages'."),
    ErrorText("openai-image", BAD, 400, "invalid_request_error", "invalid_image_url", "Timeout while downloading https://example.org/image.png.", alone=TIMEOUT),
    ErrorText("anthropic", BAD, 400, "invalid_request_error", None, "messages: at least one message is required"),
    ErrorText("anthropic-roles", BAD, 400, "invalid_request_error", None, 'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row'),
    ErrorText("gemini", BAD, 400, "INVALID_ARGUMENT", None, "Request contains an invalid argument."),
    ErrorText("gemini-turns", BAD, 400, "INVALID_ARGUMENT", None, "Please ensure that function call turn comes immediately after a user turn or after a function response turn.", alone=SERVER),
    ErrorText("bedrock", BAD, 400, "ValidationException", None, "Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again."),
    ErrorText("mistral", BAD, 400, "invalid_request_error", None, "Expected last role User or Tool but got assistant"),
    ErrorText("groq", BAD, 400, "invalid_request_error", "tool_use_failed", "Failed to call a function. Please adjust your prompt.", alone=SERVER),
    ErrorText("pydantic", BAD, 422, None, None, "messages: Field required"),
    ErrorText("ollama", BAD, 400, None, None, "registry.ollama.ai/library/gemma:latest does not support tools"),
    ErrorText("key-of-a-schema", BAD, 400, None, None, "Invalid key 'foo' in tool schema"),
    ErrorText("token-ids", BAD, 400, None, None, "Invalid number of tokens in logit_bias"),
]  # fmt: skip

MORE = [*WAITS, *MONEY, *KEYS, *DOORS, *FILTERS, *MODELS, *SERVERS, *REQUESTS]
