"""What some routes of litellm need beyond what all of them get, and how the answers of each are decoded.

- Where the answer is a chat completion, by the path of the request, its bytes are decoded as those of
  ``OpenAILLM`` are: litellm need not translate them and can only damage them. It turns an unknown finish
  reason into ``stop``, ignores a refusal and text in parts, counts tokens itself where the server did not,
  and requires fields that providers leave out.
- Cohere's and Ollama's bytes are converted to chat completions: litellm misreads their streams.
- The answers of Anthropic, Gemini, Bedrock and of unknown wires are decoded by litellm, as is an
  object that it asks for by a tool of its own. Only the end, which is the finish reason and the token counts,
  is read from the bytes, by ``provider.litellm.wires``.
- What litellm answers without a request, from its cache or replaced by a test, is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from typing_extensions import override

from provider.chat.call_ids import ANTHROPIC, ANY, MISTRAL, OPENAI
from provider.chat.choices import text_of
from provider.chat.decoding import TRANSLATED, parse_json
from provider.chat.requests import with_only_the_chosen_tool
from provider.chat.streams import Chunks, EventChunks
from provider.errors import refused
from provider.json_values import mapping, mappings
from provider.litellm.chunks import ConvertedChunks, LiteLLMChunks
from provider.litellm.credentials import NO_KEY
from provider.litellm.exchange import CapturedExchange
from provider.litellm.objects import fields_of
from provider.litellm.wires import calls_of_provider, chat_completions, cohere, ending_of, ollama
from provider.litellm.wires.gemini import without_unsigned_thoughts


@dataclass(frozen=True)
class Given:
    """What the caller gave.

    Attributes:
        api_key: the key; None where none was given.
        base_url: the address of the server; None where none was given.
        options: further arguments.
    """

    api_key: str | None
    base_url: str | None
    options: Mapping[str, Any]


class Route:
    """A route that needs nothing of its own.

    Attributes:
        frames: whether a binary stream of this route shows when an answer is complete.
        lines: whether a stream of this route may come as lines of JSON.
        id_form: the ids of tool calls that its provider accepts.
        known_parameters: the parameters that its provider has, whatever litellm knows of the model.
    """

    frames = False
    lines = False
    known_parameters: tuple[str, ...] = ()
    id_form = OPENAI

    def check(self) -> None:
        """Check that what the route needs is installed.

        Raises:
            LLMProviderError: it is not; the message says how to install it.
        """

    def options(self, given: Given) -> dict[str, Any]:  # noqa: ARG002
        """Arguments of every call beside those that the caller gave."""
        return {}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request to pass to litellm."""
        return request

    def decodes(self, exchange: CapturedExchange) -> bool:
        """Whether the answer is decoded from its bytes, whatever litellm makes of it."""
        return exchange.is_chat_completion

    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        """The body of a chat completion; ``answer`` is litellm's, None where it could not decode it."""
        if self.decodes(exchange):
            return self.converted(parse_json(exchange.body.document))
        body = _with_real_end(fields_of(answer), exchange)
        return {**body, TRANSLATED: not exchange.is_chat_completion}

    def chunks(self, wrapper: Any, exchange: CapturedExchange) -> Chunks:
        """The chunks of a chat completion; ``wrapper`` iterates over litellm's."""
        if not self.decodes(exchange):
            return LiteLLMChunks(wrapper, exchange)
        content_type = exchange.headers.get("content-type", "")
        events = EventChunks(
            content_type,
            exchange.pieces(),
            exchange.close,
            timeout=exchange.timeout,
            lines=self.lines,
        )
        return self.converted_chunks(events)

    def converted(self, body: Any) -> Any:
        """A received body as that of a chat completion."""
        return body

    def converted_chunks(self, events: EventChunks) -> Chunks:
        """The received events as chunks of a chat completion."""
        return events


def _with_real_end(body: dict[str, Any], exchange: CapturedExchange) -> dict[str, Any]:
    """What litellm made of an answer, with the finish reason and the token counts that were received."""
    ending = ending_of(exchange.document)
    if ending.finish_reason is None:
        return body
    # litellm drops a candidate of Gemini's without content.
    first, *others = body.get("choices") or [{"index": 0, "message": {"role": "assistant"}}]
    message = _without_calls(mapping(first.get("message")), calls_of_provider(exchange.document))
    calls_tools = first.get("finish_reason") == "tool_calls"
    end = ending.choice(text_of(message.get("content")), calls_tools=calls_tools)
    choice = {**first, "message": message, **end}
    return {**body, "choices": [choice, *others], "usage": ending.usage or body.get("usage")}


def _without_calls(message: Mapping[str, Any], ids: set[str]) -> dict[str, Any]:
    """A message without the calls of these ids."""
    calls = [call for call in mappings(message.get("tool_calls")) if call.get("id") not in ids]
    return {**message, "tool_calls": calls or None}


_CREDENTIALS = frozenset(
    {"aws_access_key_id", "aws_session_token", "aws_profile_name", "aws_role_name", "aws_web_identity_token"}
)
"""The options by which a caller may choose AWS keys."""


class BedrockRoute(Route):
    """Models at Amazon Bedrock."""

    frames = True
    id_form = ANTHROPIC

    @override
    def check(self) -> None:
        """Check for boto3, which litellm imports late; it calls its absence a connection error."""
        if find_spec("boto3") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"bedrock/ needs boto3, which is not installed: {extra}")

    @override
    def options(self, given: Given) -> dict[str, Any]:
        """Stand-ins for AWS keys where an API key is used instead.

        litellm looks for AWS keys nevertheless, even on the network, and signs nothing with them.
        """
        if not given.api_key or not _CREDENTIALS.isdisjoint(given.options):
            return {}
        return {"aws_access_key_id": "unused", "aws_secret_access_key": "unused"}

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request without tools for the ``tool_choice`` "none", which Bedrock lacks and litellm drops.

        A conversation with tool calls must offer its tools; there only the choice is dropped.
        """
        if request.get("tool_choice") != "none":
            return request
        has_calls = any(message.get("tool_calls") for message in request["messages"])
        return {
            name: value
            for name, value in request.items()
            if name != "tool_choice" and (has_calls or name != "tools")
        }


class GeminiRoute(Route):
    """Google's models, at Gemini and at Vertex AI."""

    id_form = ANY

    @override
    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        body = super().completion(answer, exchange)
        if "candidates" in mapping(exchange.document):  # else it is a partner's, e.g. Claude's
            for choice in body["choices"]:
                choice["message"] = without_unsigned_thoughts(choice["message"])
        return body


class VertexRoute(GeminiRoute):
    """Models at Vertex AI; those not by Google have answers of another form."""

    @override
    def check(self) -> None:
        """Check for google-auth, which litellm imports late; it calls its absence a connection error."""
        if find_spec("google") is None or find_spec("google.auth") is None:
            extra = "pip install 'llm-backend-conformance[vertex]'"
            raise refused(f"vertex_ai/ needs google-auth, which is not installed: {extra}")


class CohereRoute(Route):
    """Cohere's chat API, version 2, for which litellm only sends the request.

    It cannot read a stream, and loses the finish reason (BerriAI/litellm#33320), the plan beside tool calls,
    the thoughts and the cached tokens.
    """

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with the fields that litellm does not know at Cohere."""
        return {**request, "extra_body": {**cohere.request_fields(request), **request.get("extra_body", {})}}

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return exchange.sent

    @override
    def converted(self, body: Any) -> Any:
        return cohere.completion(body)

    @override
    def converted_chunks(self, events: EventChunks) -> Chunks:
        return ConvertedChunks(events, cohere.chunks)


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
    def converted_chunks(self, events: EventChunks) -> Chunks:
        return _OllamaChunks(events, ollama.Lines())


class _OllamaChunks(ConvertedChunks):
    def __init__(self, events: EventChunks, lines: ollama.Lines) -> None:
        super().__init__(events, lines)
        self._lines = lines

    @property
    @override
    def terminated(self) -> bool:
        return self._lines.is_done


class MistralRoute(Route):
    """Mistral's chat completions."""

    id_form = MISTRAL

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with a named tool as its only one: litellm would offer all of them."""
        return with_only_the_chosen_tool(request)


class NamedReasonRoute(Route):
    """Chat completions whose finish reasons have names of their own."""

    @override
    def converted(self, body: Any) -> Any:
        return chat_completions.with_contract_reasons(body)

    @override
    def converted_chunks(self, events: EventChunks) -> Chunks:
        return ConvertedChunks(events, lambda chunk: [chat_completions.with_contract_reasons(chunk)])


class WatsonxRoute(Route):
    """IBM's watsonx: litellm changes the key to a token, at another server of IBM's.

    Where base_url is given, so that no other server may be asked, the key must be such a token.
    """

    @override
    def options(self, given: Given) -> dict[str, Any]:
        if given.base_url is None or not given.options.keys().isdisjoint(("token", "zen_api_key")):
            return {}
        # As ``token`` litellm would send it in the body, too.
        return {"headers": {"Authorization": f"Bearer {given.api_key or NO_KEY}"}}


class KnownToolsRoute(Route):
    """Models that take a tool choice, which litellm's table does not say of them."""

    known_parameters = ("tools", "tool_choice")

    @override
    def options(self, given: Given) -> dict[str, Any]:
        return {"allowed_openai_params": list(self.known_parameters)}


class AzureAIRoute(KnownToolsRoute):
    """Models of others at Azure."""

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with its headers under another name: litellm would send them in the body, too."""
        others = {name: value for name, value in request.items() if name != "extra_headers"}
        return {**others, "headers": request["extra_headers"]} if "extra_headers" in request else others


def route_of(model: str) -> Route:
    """The route that a model string names."""
    name, _, rest = model.partition("/")
    if name == "bedrock" and not rest.startswith("agent"):  # an agent's stream has another form
        return BedrockRoute()
    if name == "gemini":
        return GeminiRoute()
    if name == "vertex_ai":
        return VertexRoute()
    if name in ("cohere", "cohere_chat") and "v1/" not in model:  # the older API
        return CohereRoute()
    if name in ("ollama", "ollama_chat"):
        return OllamaRoute(has_tools=name == "ollama_chat")
    if name == "mistral":
        return MistralRoute()
    if name == "watsonx":
        return WatsonxRoute()
    if name == "fireworks_ai":
        return KnownToolsRoute()
    if name == "azure_ai":
        return AzureAIRoute()
    if name in ("together_ai", "deepseek", "huggingface"):
        return NamedReasonRoute()
    return Route()
