"""LM Studio: its models and its chat completions."""

from provider.lmstudio.backend import AsyncLMStudioLLM, LMStudioLLM

__all__ = ["AsyncLMStudioLLM", "LMStudioLLM"]
