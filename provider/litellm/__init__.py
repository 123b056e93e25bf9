"""LiteLLM: any provider that the litellm SDK supports, by model string."""
