"""LLM backends behind one interface.

Importing this package loads no SDK: a backend imports its own when it is
loaded.
"""

from provider.base import BaseLLM
from provider.errors import ErrorKind, LLMProviderError, StreamNotFinishedError
from provider.litellm import LiteLLM
from provider.lmstudio import LMStudioLLM
from provider.openai import OpenAILLM
from provider.profiles import build_llm_from_profile
from provider.response import LLMResponse, LLMStream, ToolCall
from provider.router import LLMRouter

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
