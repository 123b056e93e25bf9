"""The stand-in for a key, and the routes that need one, or another credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

NO_KEY = "no-key"
"""The stand-in for a missing key, for SDKs that require one; it is removed from what they send."""

KEYED = (
    *("openai", "anthropic", "gemini", "groq", "mistral", "cohere", "amazon_nova", "maritalk"),
    *("azure_ai", "databricks", "fireworks_ai", "snowflake"),
)
"""The routes on which litellm requires a key, though the server may want none, or sends past our client."""

SIGNED = ("bedrock", "oci", "sagemaker", "sagemaker_chat", "vertex_ai")
"""The routes that need credentials at any address; without them, they are looked for even on the network."""


def without_no_key(request: httpx.Request) -> None:
    """Remove the headers that hold only the stand-in for a key, and a key that stands in another header.

    litellm sends Vertex AI's token as Anthropic's key too.
    """
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    for name, value in list(request.headers.items()):
        if value in (NO_KEY, f"Bearer {NO_KEY}") or (name == "x-api-key" and value == token):
            del request.headers[name]
