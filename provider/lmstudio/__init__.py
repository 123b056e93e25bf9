"""LM Studio: its models and its chat completions."""

from provider.lmstudio.backend import LMStudioLLM

__all__ = ["LMStudioLLM"]
