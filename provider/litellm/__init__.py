"""LiteLLM: any provider that the litellm SDK supports, by model string."""

from provider.litellm.backend import AsyncLiteLLM, LiteLLM

__all__ = ["AsyncLiteLLM", "LiteLLM"]
