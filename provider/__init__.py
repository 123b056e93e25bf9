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

__all__ = [
    "BaseLLM",
    "ErrorKind",
    "LLMProviderError",
    "LLMResponse",
    "LLMStream",
    "LMStudioLLM",
    "LiteLLM",
    "OpenAILLM",
    "StreamNotFinishedError",
    "ToolCall",
    "build_llm_from_profile",
]
