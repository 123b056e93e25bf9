"""The routes of GigaChat and of Oracle, whose logins and signatures are options."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from provider.chat.made_chunks import AnyChunks
from provider.chat.streams import Events
from provider.errors import refused
from provider.json_values import mapping
from provider.litellm.chunks import ConvertedChunks
from provider.litellm.exchange import CapturedExchange
from provider.litellm.media import media_of
from provider.litellm.route import Given, Route
from provider.litellm.wires import gigachat, oci


class GigaChatRoute(Route):
    """Chat completions with one function call a message, and cached tokens that are counted apart.

    litellm sends ``auto`` for the tool choice ``required``, and of several calls the first alone. It demands
    an object by a function, whose call only a whole answer would turn into text, and uploads images to other
    servers than the given one.
    """

    @override
    def check(self, given: Given) -> None:
        """Check that the server of the logins is given with that of the answers."""
        if given.base_url and not any(
            given.options.get(f"gigachat_{name}") for name in ("auth_url", "access_token")
        ):
            raise refused("gigachat/ needs the option gigachat_auth_url together with base_url")

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request as GigaChat can be asked.

        Raises:
            LLMProviderError: ``bad_request`` for what it lacks.
        """
        for medium in media_of(request["messages"]):
            raise medium.left_out("gigachat")
        if mapping(request.get("response_format")).get("type", "text") != "text":
            raise refused("gigachat/ has no response format")
        return {
            **request,
            "messages": gigachat.one_call_a_message(request["messages"]),
            **gigachat.required_tool(request),
        }

    @override
    def converted(self, body: Any) -> Any:
        return gigachat.translated(body)

    @override
    def converted_chunks(self, events: Events) -> AnyChunks:
        return ConvertedChunks(events, lambda event: [gigachat.translated(event)])


class OCIRoute(Route):
    """Oracle's chats in the generic form, for which litellm only signs and sends the request."""

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return exchange.sent

    @override
    def converted(self, body: Any) -> Any:
        return oci.completion(body)

    @override
    def converted_chunks(self, events: Events) -> AnyChunks:
        return ConvertedChunks(events, oci.chunks)
