"""LMStudioLLM: LM Studio over HTTP, and other servers with its chat completions."""
