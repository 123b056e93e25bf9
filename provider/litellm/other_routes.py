"""Ollama's routes, and those of chat completions that differ a little from OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

from typing_extensions import override

from provider.chat.made_chunks import AnyChunks, MadeChunks
from provider.chat.requests import with_only_the_chosen_tool
from provider.chat.streams import Events
from provider.errors import refused
from provider.http.aws_eventstream import MEDIA_TYPE as FRAMES
from provider.http.aws_eventstream import PayloadDecoder
from provider.http.sse import media_type
from provider.litellm.chunks import ConvertedChunks
from provider.litellm.credentials import NO_KEY
from provider.litellm.exchange import CapturedExchange
from provider.litellm.route import Given, Route
from provider.litellm.wires import chat_completions, ollama


class OllamaRoute(Route):
    """Ollama's own API, for which litellm only sends the request.

    Args:
        has_tools: whether it is the one for chats, and not the one for prompts. For that one litellm puts the
            tools into the prompt, demands JSON as the answer, and does so from then on in the whole process.
    """

    lines = True

    def __init__(self, *, has_tools: bool) -> None:
        self._has_tools = has_tools

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with the tools that are chosen: Ollama has no tool choice."""
        if request.get("tools") and not self._has_tools:
            raise refused("ollama/ calls no tools: use ollama_chat/")
        request = with_only_the_chosen_tool(request)
        if request.get("tool_choice") != "none":
            return request
        return {name: value for name, value in request.items() if name not in ("tools", "tool_choice")}

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return exchange.sent

    @override
    def converted(self, body: Any) -> Any:
        return ollama.completion(body)

    @override
    def converted_chunks(self, events: Events) -> AnyChunks:
        return _OllamaChunks(events, ollama.Lines())


class _OllamaChunks(ConvertedChunks):
    def __init__(self, events: Events, lines: ollama.Lines) -> None:
        super().__init__(events, lines)
        self._lines = lines

    @property
    @override
    def terminated(self) -> bool:
        return self._lines.is_done


class NamedReasonRoute(Route):
    """Chat completions whose finish reasons have names of their own."""

    @override
    def converted(self, body: Any) -> Any:
        return chat_completions.with_contract_reasons(body)

    @override
    def converted_chunks(self, events: Events) -> AnyChunks:
        return ConvertedChunks(events, lambda chunk: [chat_completions.with_contract_reasons(chunk)])


class WatsonxRoute(Route):
    """IBM's watsonx: litellm changes the key to a token, at another server of IBM's.

    Where base_url is given, so that no other server may be asked, the key must be such a token.
    """

    @override
    def options(self, given: Given) -> dict[str, Any]:
        options = super().options(given)
        if given.base_url is None or not given.options.keys().isdisjoint(("token", "zen_api_key")):
            return options
        # As ``token`` litellm would send it in the body, too.
        return {**options, "headers": {"Authorization": f"Bearer {given.api_key or NO_KEY}"}}


class FireworksRoute(Route):
    """Fireworks' chat completions, in which some models write a call as the text of the answer.

    In a stream it stays text, for its deltas have been read by then, as at litellm:
    https://github.com/BerriAI/litellm/issues/7209.
    """

    @override
    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        body = super().completion(answer, exchange)
        return chat_completions.with_written_calls(body, exchange.offered_tools)


class AiohttpRoute(Route):
    """OpenAI's API through aiohttp, which is past every client of ours."""

    @override
    def check(self, given: Given) -> None:
        """Refuse the route: awaited, it would send the environment's key to any server.

        Called synchronously, it sends a form, which no server of chat completions reads.
        """
        raise refused("aiohttp_openai/ is sent past our client: use openai/")


class AzureAIRoute(Route):
    """Models of others at Azure."""

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with its headers under another name: litellm would send them in the body, too."""
        request = super().request(request)
        others = {name: value for name, value in request.items() if name != "extra_headers"}
        return {**others, "headers": request["extra_headers"]} if "extra_headers" in request else others


class HuggingFaceRoute(NamedReasonRoute):
    """Hugging Face's router, and its servers for text generation."""

    @override
    def options(self, given: Given) -> dict[str, Any]:
        """Nothing: litellm sends ``max_retries`` in the body, and sends nothing again without it, either."""
        return {}


class SageMakerRoute(Route):
    """Chat completions of an endpoint of SageMaker's, whose streams come in Amazon's frames."""

    @override
    def check(self, given: Given) -> None:
        if find_spec("botocore") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"sagemaker_chat/ needs boto3, which is not installed: {extra}")

    @override
    def options(self, given: Given) -> dict[str, Any]:
        """The address, which litellm reads from an option, and stand-ins for AWS keys that nobody gave.

        litellm would look for keys in the environment and on the network, and they must not be sent there.
        """
        options = super().options(given)
        if given.base_url is None:
            return options
        if not any(name.startswith("aws_") and name != "aws_region_name" for name in given.options):
            options |= {"aws_access_key_id": "unused", "aws_secret_access_key": "unused"}
        endpoint = str(given.request["model"]).partition("/")[2]
        path = f"/endpoints/{endpoint}/invocations" + "-response-stream" * bool(given.request.get("stream"))
        return {**options, "sagemaker_base_url": given.base_url.rstrip("/") + path}

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return exchange.sent

    @override
    def chunks(self, wrapper: Any, exchange: CapturedExchange) -> AnyChunks:
        if media_type(exchange.headers.get("content-type", "")) != FRAMES:
            return super().chunks(wrapper, exchange)
        assert exchange.answer is not None
        return exchange.events.of(exchange.answer, unpack=Payloads)


class Payloads(MadeChunks):
    """The bytes in the frames of a body, given its pieces."""

    def __init__(self, pieces: Any) -> None:
        super().__init__(pieces)
        self._decoder = PayloadDecoder()

    @override
    def made_of(self, item: bytes) -> Iterator[bytes]:
        yield from self._decoder.feed(item)
        self.is_done = self._decoder.is_damaged


OTHERS: dict[str, Callable[[], Route]] = {
    "aiohttp_openai": AiohttpRoute,
    "azure_ai": AzureAIRoute,
    "fireworks_ai": FireworksRoute,
    "huggingface": HuggingFaceRoute,
    "ollama": partial(OllamaRoute, has_tools=False),
    "ollama_chat": partial(OllamaRoute, has_tools=True),
    "sagemaker_chat": SageMakerRoute,
    "together_ai": NamedReasonRoute,
    "watsonx": WatsonxRoute,
}
"""These routes by their names."""
