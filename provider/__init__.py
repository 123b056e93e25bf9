"""LLM backends behind one interface.

Importing this package is cheap: a module is imported when a name of it is
used, and an SDK when its backend is loaded.
"""

from typing import TYPE_CHECKING

from provider.lazy import lazy_names

if TYPE_CHECKING:
    from provider.base import AsyncBaseLLM, BaseLLM
    from provider.errors import ErrorKind, LLMProviderError, StreamNotFinishedError
    from provider.failures.classify import extract_llm_error_text, is_context_limit_error
    from provider.litellm import AsyncLiteLLM, LiteLLM
    from provider.lmstudio import AsyncLMStudioLLM, LMStudioLLM
    from provider.openai import AsyncOpenAILLM, OpenAILLM
    from provider.profiles import build_llm_from_profile
    from provider.response import AsyncLLMStream, LLMResponse, LLMStream, ToolCall
    from provider.router import AsyncLLMRouter, LLMRouter
    from provider.threads import in_threads

__all__ = [
    "AsyncBaseLLM",
    "AsyncLLMRouter",
    "AsyncLLMStream",
    "AsyncLMStudioLLM",
    "AsyncLiteLLM",
    "AsyncOpenAILLM",
    "BaseLLM",
    "ErrorKind",
    "LLMProviderError",
    "LLMResponse",
    "LLMRouter",
    "LLMStream",
    "LMStudioLLM",
    "LiteLLM",
    "OpenAILLM",
    "StreamNotFinishedError",
    "ToolCall",
    "build_llm_from_profile",
    "extract_llm_error_text",
    "in_threads",
    "is_context_limit_error",
]

__getattr__ = lazy_names(
    __name__,
    {
        "AsyncBaseLLM": "base",
        "AsyncLLMRouter": "router",
        "AsyncLLMStream": "response",
        "AsyncLMStudioLLM": "lmstudio",
        "AsyncLiteLLM": "litellm",
        "AsyncOpenAILLM": "openai",
        "BaseLLM": "base",
        "ErrorKind": "errors",
        "LLMProviderError": "errors",
        "LLMResponse": "response",
        "LLMRouter": "router",
        "LLMStream": "response",
        "LMStudioLLM": "lmstudio",
        "LiteLLM": "litellm",
        "OpenAILLM": "openai",
        "StreamNotFinishedError": "errors",
        "ToolCall": "response",
        "build_llm_from_profile": "profiles",
        "extract_llm_error_text": "failures.classify",
        "in_threads": "threads",
        "is_context_limit_error": "failures.classify",
    },
)
