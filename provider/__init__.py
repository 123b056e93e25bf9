"""LLM backends behind one interface.

Importing this package is cheap: a module is imported when a name of it is
used, and an SDK when its backend is loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provider.base import BaseLLM
    from provider.errors import ErrorKind, LLMProviderError, StreamNotFinishedError
    from provider.litellm.backend import LiteLLM
    from provider.lmstudio.backend import LMStudioLLM
    from provider.openai import OpenAILLM
    from provider.profiles import build_llm_from_profile
    from provider.response import LLMResponse, LLMStream, ToolCall
    from provider.router import LLMRouter

_HOMES = {
    "BaseLLM": "base",
    "ErrorKind": "errors",
    "LLMProviderError": "errors",
    "LLMResponse": "response",
    "LLMRouter": "router",
    "LLMStream": "response",
    "LMStudioLLM": "lmstudio.backend",
    "LiteLLM": "litellm.backend",
    "OpenAILLM": "openai",
    "StreamNotFinishedError": "errors",
    "ToolCall": "response",
    "build_llm_from_profile": "profiles",
}

__all__ = [
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
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"provider.{_HOMES[name]}"), name)
