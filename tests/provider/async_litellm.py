"""AsyncLiteLLM on a route of litellm's for each way in which it speaks."""

from __future__ import annotations

from typing import Any

import pytest

from provider import AsyncLiteLLM
from tests.provider.routes import KEY, TIMEOUT

ROUTES = {
    "anthropic": ("anthropic/tiny", ""),
    "bedrock": ("bedrock/converse/anthropic.claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-3-flash-preview", "/v1beta"),
    "ollama": ("ollama_chat/tiny", ""),
    "openai": ("oobabooga/tiny", ""),
}
"""The model and the path of a route for each dialect; oobabooga is one that litellm asks in a thread."""

every_route = pytest.mark.parametrize("wire", ROUTES)


def asked(wire: str, url: str, **options: Any) -> AsyncLiteLLM:
    """The backend, not loaded, in front of the server at ``url``."""
    model, path = ROUTES[wire]
    settings = {"timeout": TIMEOUT, "max_retries": 0, **options}
    if wire == "bedrock":
        settings["aws_region_name"] = "us-east-1"
    return AsyncLiteLLM(model, KEY, url + path, **settings)
