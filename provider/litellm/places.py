"""The places in which litellm's handlers find a client where they accept none, for calls of ours.

They are litellm's cache of clients and its module-level clients, which an application's own calls use, too.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import httpx
import litellm
from litellm import main as completions
from litellm.caching.llm_caching_handler import LLMClientCache
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler, HTTPHandler
from litellm.llms.databricks.common_utils import DatabricksBase
from litellm.responses import main as responses
from typing_extensions import override

from provider.errors import refused
from provider.litellm.credentials import NO_KEY
from provider.litellm.exchange import current_exchange, looks_nothing_up


class _ClientCache(LLMClientCache):  # type: ignore[misc]
    """litellm's cache of clients, in which a call of ours finds its own."""

    @override
    def get_cache(self, key: str, loop_bound: bool = True, **kwargs: Any) -> Any:
        exchange = current_exchange()
        if exchange is None:
            return super().get_cache(key, loop_bound, **kwargs)
        return exchange.client if loop_bound else exchange.client_in_threads


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
        own: httpx.Client = super().client if exchange is None else exchange.client_in_threads.client
        return own


class _AsyncModuleLevelClient(AsyncHTTPHandler):  # type: ignore[misc]
    """The same, for event loops."""

    @override
    async def get(self, url: str, *args: Any, **kwargs: Any) -> Any:
        _refuse_lookup(url)
        return await super().get(url, *args, **kwargs)

    @override
    async def post(self, url: str, *args: Any, **kwargs: Any) -> Any:
        _refuse_lookup(url)
        return await super().post(url, *args, **kwargs)

    @property
    @override
    def client(self) -> httpx.AsyncClient:
        if looks_nothing_up():
            return httpx.AsyncClient(transport=httpx.MockTransport(_refuse))
        exchange = current_exchange()
        own: httpx.AsyncClient = super().client if exchange is None else exchange.client.client
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
    """Put these in litellm's own places, once; the application's own calls of litellm notice nothing.

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


def serve_awaited_handlers_without_client() -> None:
    """Do the same for the handlers that are awaited, and hold the coroutines that are made in threads."""
    serve_handlers_without_client()
    shared = litellm.module_level_aclient
    if not isinstance(shared, _AsyncModuleLevelClient):
        litellm.module_level_aclient = _AsyncModuleLevelClient(timeout=shared.timeout)

    for module, name in ((completions, "completion"), (responses, "responses")):
        make = getattr(module, name)
        if not hasattr(make, "is_held"):
            setattr(module, name, _held(make))


def _held(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function by which litellm makes a coroutine in a thread, to await it in the loop.

    A call that is cancelled in between drops it, and Python warns that it was never awaited. On Bedrock's
    route it still does, of another one inside: litellm wraps it there.
    """

    @functools.wraps(make)
    def made(*args: Any, **kwargs: Any) -> Any:
        call, exchange = make(*args, **kwargs), current_exchange()
        if exchange is not None and inspect.iscoroutine(call):
            exchange.hold(call)
        return call

    made.is_held = True  # type: ignore[attr-defined]
    return made


def _without_login(log_in: Callable[..., str]) -> Callable[..., str]:
    """Databricks' login without its secret of the environment being sent to a server that the caller named.

    litellm prefers it to a key that was given, and posts it past every client.
    """

    def token(*args: Any, **kwargs: Any) -> str:
        exchange = current_exchange()
        return NO_KEY if exchange is not None and exchange.is_server_named else log_in(*args, **kwargs)

    return token
