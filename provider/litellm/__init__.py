"""LiteLLM: any provider that the litellm SDK supports, by model string."""

from provider.litellm.backend import LiteLLM

__all__ = ["LiteLLM"]
