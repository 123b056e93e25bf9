"""The client that litellm sends with, whichever of its handlers a route is dispatched to.

litellm has three kinds of handler, and only litellm knows which of them a route gets: most of its own post
through an ``HTTPHandler``, that of the OpenAI-compatible routes through a client of the OpenAI SDK, and some
accept no ``client`` but take one from litellm's cache or the module-level one. So there is one client that is
both, and a call of ours finds it in all these places (``provider.litellm.places``). A test asks every route
of litellm whether its exchange passes this client.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import httpx
import openai
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler, HTTPHandler
from typing_extensions import override

from provider.errors import refused
from provider.litellm.credentials import NO_KEY

T = TypeVar("T")


class _SDKToo:
    """What lets a handler of litellm's be a client of the OpenAI SDK, too."""

    _make_sdk: Callable[[], Any]
    _sdk: Any = None

    @property
    def sdk(self) -> Any:
        """The OpenAI SDK's client."""
        self._sdk = self._sdk or self._make_sdk()
        return self._sdk

    @property
    def organization(self) -> str | None:
        """The organization that the OpenAI SDK names in a header; litellm sets it."""
        organization: str | None = self.sdk.organization
        return organization

    @organization.setter
    def organization(self, organization: str | None) -> None:
        self.sdk.organization = organization

    def post(self, *args: Any, **kwargs: Any) -> Any:
        """Post by the SDK, or by litellm."""
        # Only the SDK's post has this argument, the type to decode to.
        handler: Any = self.sdk if "cast_to" in kwargs else super()
        return handler.post(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """What only the SDK's client has."""
        return getattr(self.sdk, name)


class RouteClient(_SDKToo, HTTPHandler):  # type: ignore[misc]  # litellm is not followed
    """A client for each kind of handler; all send through the same ``httpx.Client``.

    Args:
        http: sends all requests.
        make_sdk: makes the OpenAI SDK's client, which also sends through ``http``; called at its first use.
    """

    def __init__(self, http: httpx.Client, make_sdk: Callable[[], Any]) -> None:
        super().__init__(client=http)
        self._make_sdk = make_sdk


class AsyncHandler(AsyncHTTPHandler):  # type: ignore[misc]
    """litellm's asynchronous handler, which sends through ``http`` only.

    litellm's own would send what could not connect again, by a new client that is not ours.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__()
        self.client = http

    @override
    def create_client(self, *_: Any, **__: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(_refuse_again))


def _refuse_again(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nothing is sent again by litellm", request=request)


class AsyncRouteClient(_SDKToo, AsyncHandler):
    """What ``RouteClient`` is, for event loops."""

    def __init__(self, http: httpx.AsyncClient, make_sdk: Callable[[], Any]) -> None:
        super().__init__(http)
        self._make_sdk = make_sdk


class AzureClient(openai.AzureOpenAI):
    """The Azure SDK's client, which litellm demands for chat completions, and a handler for responses."""

    @override
    def post(self, *args: Any, **kwargs: Any) -> Any:
        return super().post(*args, **kwargs) if "cast_to" in kwargs else self._handler.post(*args, **kwargs)

    @cached_property
    def _handler(self) -> HTTPHandler:
        return HTTPHandler(client=self._client)


class AsyncAzureClient(openai.AsyncAzureOpenAI):
    """The same, for event loops."""

    @override
    def post(self, *args: Any, **kwargs: Any) -> Any:
        return super().post(*args, **kwargs) if "cast_to" in kwargs else self._handler.post(*args, **kwargs)

    @cached_property
    def _handler(self) -> AsyncHandler:
        return AsyncHandler(self._client)


def azure_sdk(
    make: Callable[..., T], url: str | None, key: str | None, version: str | None, **options: Any
) -> T:
    """The OpenAI SDK's client for Azure, which ``azure/`` sends with.

    Args:
        make: ``AzureClient``, or the one for event loops.
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
    return make(api_key=key or "none", azure_endpoint=url, api_version=version, **options)


def openai_sdk(
    make: Callable[..., T], litellm: Any, routed: str, url: str | None, key: str | None, **options: Any
) -> T:
    """The OpenAI SDK's client for an OpenAI-compatible route, whose address and key litellm knows.

    Args:
        make: the SDK's class, of either face.
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
    return make(api_key=sent, base_url=url or found_url, default_headers=headers, **options)
