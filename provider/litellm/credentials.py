"""Which credentials go to a server that the caller has named: those that the caller gave, and no others.

litellm looks for a key in the environment, and sends it to whatever address it is given.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from provider.errors import refused
from provider.http.addresses import RECOGNISABLE

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

_NAME = re.compile(r"(KEY|TOKEN|JWT|PAT|SECRET|PASSWORD|CREDENTIALS?|BEARER)(_|S?$)|AUTH$", re.IGNORECASE)
"""Parts of the names of variables and options that hold a credential."""

_FILES = "GOOGLE_APPLICATION_CREDENTIALS"
"""A variable that holds only the path of a file."""

_CHOSEN = re.compile(r"^aws_(profile|role)|headers$")
"""Options by which the caller chooses other credentials."""

_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")
"""The headers that hold a credential, also one that was made from another."""


def environment_credentials() -> list[str]:
    """The values of the environment variables that look like a credential by their names."""
    return [
        value.strip()
        for name, value in os.environ.items()
        if _NAME.search(name) and name != _FILES and len(value.strip()) >= RECOGNISABLE
    ]


def without_no_key(request: httpx.Request) -> None:
    """Remove the headers that hold only the stand-in for a key, and a key that stands in another header.

    litellm sends Vertex AI's token as Anthropic's key too.
    """
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    for name, value in list(request.headers.items()):
        if value in (NO_KEY, f"Bearer {NO_KEY}") or (name == "x-api-key" and value == token):
            del request.headers[name]


class GivenCredentials:
    """The credentials that the caller gave with the address of a server.

    Args:
        api_key: the key, None where none was given.
        options: the caller's further arguments.
    """

    def __init__(self, api_key: str | None, options: Mapping[str, Any]) -> None:
        self._texts = [*texts_in(api_key), *texts_in(options)]
        self._any = bool(api_key) or any(
            _NAME.search(name) or _CHOSEN.search(name)
            for name, value in options.items()
            if value is not None and not isinstance(value, int | float)  # a limit of tokens
        )

    def keep_only_given(self, request: httpx.Request, also_given: Mapping[str, Any]) -> None:
        """Remove from a request each credential that was not given.

        Args:
            request: changed in place.
            also_given: arguments of this call.

        Raises:
            LLMProviderError: the path holds a credential of the environment.
        """
        given = [*self._texts, *texts_in(also_given)]
        foreign = [each for each in environment_credentials() if not any(each in text for text in given)]
        for name, value in list(request.headers.items()):
            is_made = name in _HEADERS and not self._any and not any(value in text for text in given)
            if is_made or _holds(value, foreign):
                del request.headers[name]
        for name, value in request.url.params.multi_items():
            if _holds(value, foreign):
                request.url = request.url.copy_remove_param(name)
        if _holds(request.url.path, foreign):
            raise refused("the address would hold a key of the environment: give one together with base_url")


def texts_in(value: Any) -> Iterator[str]:
    """The texts in an argument, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)


def _holds(value: str, secrets: list[str]) -> bool:
    """Whether a value holds one of the secrets, also in base64, as for basic authentication."""
    shown = value
    with contextlib.suppress(ValueError):  # it is not base64
        shown += base64.b64decode(value.rpartition(" ")[2], validate=True).decode("latin-1")
    return any(secret in shown for secret in secrets)
