"""The client that litellm sends with, whichever of its handlers a route is dispatched to.

litellm has three kinds of handler, and only litellm knows which of them a route gets: most of its own post
through an ``HTTPHandler``, that of the OpenAI-compatible routes through a client of the OpenAI SDK, and some
accept no ``client`` but take one from litellm's cache or the module-level one. So there is one client that is
both, and a call of ours finds it in all these places. A test asks every route of litellm whether its exchange
passes this client.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

import httpx
import litellm
import openai
from litellm.caching.llm_caching_handler import LLMClientCache
from litellm.llms.custom_httpx.http_handler import HTTPHandler
from litellm.llms.databricks.common_utils import DatabricksBase
from typing_extensions import override

from provider.errors import refused
from provider.litellm.credentials import NO_KEY
from provider.litellm.exchange import current_exchange, looks_nothing_up


class RouteClient(HTTPHandler):  # type: ignore[misc]  # litellm is not followed
    """A client for each kind of handler; all send through the same ``httpx.Client``.

    Args:
        http: sends all requests.
        make_sdk: makes the OpenAI SDK's client, which also sends through ``http``; called at its first use.
    """

    def __init__(self, http: httpx.Client, make_sdk: Callable[[], openai.OpenAI]) -> None:
        super().__init__(client=http)
        self._make_sdk = make_sdk
        self._sdk: openai.OpenAI | None = None

    @property
    def sdk(self) -> openai.OpenAI:
        """The OpenAI SDK's client."""
        self._sdk = self._sdk or self._make_sdk()
        return self._sdk

    @property
    def organization(self) -> str | None:
        """The organization that the OpenAI SDK names in a header; litellm sets it."""
        return self.sdk.organization

    @organization.setter
    def organization(self, organization: str | None) -> None:
        self.sdk.organization = organization

    @override
    def post(self, *args: Any, **kwargs: Any) -> Any:
        # Only the SDK's post has this argument, the type to decode to.
        return self.sdk.post(*args, **kwargs) if "cast_to" in kwargs else super().post(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """What only the SDK's client has."""
        return getattr(self.sdk, name)


class AzureClient(openai.AzureOpenAI):
    """The Azure SDK's client, which litellm demands for chat completions, and a handler for responses."""

    @override
    def post(self, *args: Any, **kwargs: Any) -> Any:
        return super().post(*args, **kwargs) if "cast_to" in kwargs else self._handler.post(*args, **kwargs)

    @cached_property
    def _handler(self) -> HTTPHandler:
        return HTTPHandler(client=self._client)


class _ClientCache(LLMClientCache):  # type: ignore[misc]
    """litellm's cache of clients, in which a call of ours finds its own."""

    @override
    def get_cache(self, key: str, loop_bound: bool = True, **kwargs: Any) -> Any:
        exchange = current_exchange()
        return super().get_cache(key, loop_bound, **kwargs) if exchange is None else exchange.client


class _ModuleLevelClient(HTTPHandler):  # type: ignore[misc]
    """litellm's module-level client, through which a call of ours sends with its own."""

    @override
    def get(self, url: str, *args: Any, **kwargs: Any) -> Any:
        _refuse_lookup(url)
        return super().get(url, *args, **kwargs)

    @override
    def post(self, url: str, *args: Any, **kwargs: Any) -> Any:
        _refuse_lookup(url)
        return super().post(url, *args, **kwargs)

    @property
    @override
    def client(self) -> httpx.Client:
        if looks_nothing_up():
            return httpx.Client(transport=httpx.MockTransport(_refuse))
        exchange = current_exchange()
        own: httpx.Client = super().client if exchange is None else exchange.client.client
        return own


def _refuse(request: httpx.Request) -> httpx.Response:
    # litellm takes it for a server that does not answer, and goes on without what it wanted to know.
    raise httpx.ConnectError("nothing is looked up on the network after a call", request=request)


_LOOKUPS = ("/api/show", "/raw/main/config.json")
"""The ends of the addresses at which litellm looks up a model of Ollama's or of Hugging Face's."""


def _refuse_lookup(url: str) -> None:
    """Refuse to look up a model during a call of ours, which litellm does several times for its price.

    It asks the server of the environment, or Hugging Face, whatever address the call has, and it does so
    behind the answer, too. It takes a failure for a model that it does not know.

    Raises:
        LLMProviderError: the address is one of those.
    """
    if url.endswith(_LOOKUPS) and current_exchange() is not None:
        raise refused("the price of a model is not looked up")


def serve_handlers_without_client() -> None:
    """Put these two in litellm's own places, once; the application's own calls of litellm notice nothing.

    A known gap: cohere, cloudflare and others accept no ``client``
    (https://github.com/BerriAI/litellm/issues/13049). For an answer that is not streamed, amazon_nova and
    maritalk make a client of their own, which nothing replaces: their exchanges are not captured.
    """
    cache, shared = litellm.in_memory_llm_clients_cache, litellm.module_level_client
    if not isinstance(cache, _ClientCache):
        own = _ClientCache()
        own.__dict__.update(cache.__dict__)
        litellm.in_memory_llm_clients_cache = own
    if not isinstance(shared, _ModuleLevelClient):
        litellm.module_level_client = _ModuleLevelClient(timeout=shared.timeout)
        DatabricksBase.get_oauth_m2m_token = _without_login(DatabricksBase.get_oauth_m2m_token)


def _without_login(log_in: Callable[..., str]) -> Callable[..., str]:
    """Databricks' login without its secret of the environment being sent to a server that the caller named.

    litellm prefers it to a key that was given, and posts it past every client.
    """

    def token(*args: Any, **kwargs: Any) -> str:
        exchange = current_exchange()
        return NO_KEY if exchange is not None and exchange.is_server_named else log_in(*args, **kwargs)

    return token


def azure_sdk(url: str | None, key: str | None, version: str | None, **options: Any) -> openai.AzureOpenAI:
    """The OpenAI SDK's client for Azure, which ``azure/`` sends with.

    Args:
        url: the endpoint of the resource.
        key: the key, None for none.
        version: that of the API, None for the latest stable one.
        options: further arguments of the SDK.

    Raises:
        LLMProviderError: there is no URL.
    """
    if not url:
        raise refused("azure/ needs base_url, the endpoint of the resource")
    version = version or "2024-10-21"
    return AzureClient(api_key=key or "none", azure_endpoint=url, api_version=version, **options)


def openai_sdk(litellm: Any, routed: str, url: str | None, key: str | None, **options: Any) -> openai.OpenAI:
    """The OpenAI SDK's client for an OpenAI-compatible route, whose address and key litellm knows.

    Args:
        litellm: the library, which a test may have replaced.
        routed: the route and the model.
        url: the address that the caller gave.
        key: the key to send.
        options: further arguments of the SDK.

    Raises:
        LLMProviderError: nobody knows an address.
    """
    *_, found_key, found_url = litellm.get_llm_provider(routed, api_base=url, api_key=key)
    is_openai = routed.startswith("openai/")
    if not (url or found_url or is_openai):
        raise refused(f"{routed.partition('/')[0]}/ needs base_url: litellm knows no address for it")
    default = None if url else found_key or (is_openai and os.environ.get("OPENAI_API_KEY"))
    sent = key or default or NO_KEY
    # The SDK prefers a header of the environment to its key.
    headers = {"Authorization": f"Bearer {sent}"} if url else None
    return openai.OpenAI(api_key=sent, base_url=url or found_url, default_headers=headers, **options)
