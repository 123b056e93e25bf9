"""What some routes of litellm need beyond what all of them get, and how the answers of each are decoded.

- Where the answer is a chat completion, by the path of the request, its bytes are decoded as those of
  ``OpenAILLM`` are: litellm need not translate them and can only damage them. It turns an unknown finish
  reason into ``stop``, ignores a refusal and text in parts, counts tokens itself where the server did not,
  and requires fields that providers leave out.
- Responses of OpenAI's, by which litellm asks some models, and Cohere's answers are converted from their
  bytes to chat completions: litellm loses refusals and failures of the former, and cannot read the streams
  of the latter.
- The answers of Anthropic, Gemini, Bedrock, Ollama and of unknown wires are decoded by litellm, as are those
  that it mends (``MendedRoute``) and an object that it asks for by a tool of its own. Only the end, which is
  the finish reason and the token counts, is read from the bytes, by ``provider.litellm.wires``.
- What litellm answers without a request, from its cache or replaced by a test, is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from typing_extensions import override

from provider.chat import responses
from provider.chat.call_ids import ANTHROPIC, ANY, MISTRAL, OPENAI
from provider.chat.choices import text_of
from provider.chat.decoding import TRANSLATED, parse_json
from provider.chat.objects import fields_of
from provider.chat.requests import with_only_the_chosen_tool
from provider.chat.responses import ResponseChunks
from provider.chat.streams import Chunks, EventChunks
from provider.errors import refused
from provider.json_values import mapping, mappings
from provider.litellm.chunks import LiteLLMChunks, WholeAnswer
from provider.litellm.counts import told_counts
from provider.litellm.exchange import CHAT_COMPLETIONS, CapturedExchange
from provider.litellm.media import media_of
from provider.litellm.replay import with_replayed_items
from provider.litellm.wires import calls_of_provider, cohere, ending_of, gigachat, oci
from provider.litellm.wires.bedrock_text import counted, empty_answer
from provider.litellm.wires.converted import ConvertedChunks
from provider.litellm.wires.ending import Ending
from provider.litellm.wires.gemini import without_unsigned_thoughts


class Route:
    """A route that needs nothing of its own.

    Attributes:
        chat_paths: the ends of the paths at which an answer is a chat completion.
        frames: whether a binary stream of this route shows when an answer is complete.
        sends: the parameters that this class sends where litellm would drop them.
        id_form: the ids of tool calls that its provider accepts.
    """

    chat_paths: tuple[str, ...] = CHAT_COMPLETIONS
    frames = False
    sends: frozenset[str] = frozenset()
    id_form = OPENAI

    def check(self, base_url: str | None, options: Mapping[str, Any]) -> None:
        """Check that what the route needs is installed, and given.

        Raises:
            LLMProviderError: it is not; the message says what to install or to give.
        """

    def options(
        self,
        api_key: str | None,  # noqa: ARG002 - some routes need them
        options: Mapping[str, Any],  # noqa: ARG002
        base_url: str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Arguments of every call beside the caller's ``options``."""
        return {}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request to pass to litellm."""
        return with_replayed_items(request)

    def decodes(self, exchange: CapturedExchange) -> bool:
        """Whether the answer is decoded from its bytes, whatever litellm makes of it."""
        return exchange.is_chat_completion or exchange.is_response

    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        """The body of a chat completion; ``answer`` is litellm's, None where it could not decode it."""
        if self.decodes(exchange):
            body = parse_json(exchange.body.document)
            return responses.completion(body) if exchange.is_response else self.converted(body)
        body = _with_real_end(fields_of(answer), exchange)
        return {**body, TRANSLATED: not exchange.is_chat_completion}

    def chunks(self, wrapper: Any, exchange: CapturedExchange) -> Chunks:
        """The chunks of a chat completion; ``wrapper`` iterates over litellm's."""
        if not self.decodes(exchange):
            return LiteLLMChunks(wrapper, exchange)
        if not exchange.asks_for_stream:
            return WholeAnswer(self.completion(wrapper, exchange))
        content_type = exchange.headers.get("content-type", "")
        events = EventChunks(content_type, exchange.pieces(), exchange.close, timeout=exchange.timeout)
        return ResponseChunks(events) if exchange.is_response else self.converted_chunks(events)

    def converted(self, body: Any) -> Any:
        """A received body as that of a chat completion."""
        return body

    def converted_chunks(self, events: EventChunks) -> Chunks:
        """The received events as chunks of a chat completion."""
        return events


def _with_real_end(body: dict[str, Any], exchange: CapturedExchange) -> dict[str, Any]:
    """What litellm made of an answer, with the finish reason and the token counts that were received."""
    ending = Ending(usage=counted(exchange.headers)).then(ending_of(exchange.document))
    if exchange.sent:
        body = {**body, "usage": ending.usage or told_counts(body.get("usage"), exchange.document)}
    if ending.finish_reason is None:
        return body
    # litellm drops a candidate of Gemini's without content.
    first, *others = body.get("choices") or [{"index": 0, "message": {"role": "assistant"}}]
    message = _without_calls(mapping(first.get("message")), calls_of_provider(exchange.document))
    calls_tools = first.get("finish_reason") == "tool_calls"
    end = ending.choice(text_of(message.get("content")), calls_tools=calls_tools)
    choice = {**first, "message": message, **end}
    return {**body, "choices": [choice, *others]}


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
    def check(self, base_url: str | None, options: Mapping[str, Any]) -> None:
        """Check for boto3, which litellm imports late; it calls its absence a connection error."""
        if find_spec("boto3") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"bedrock/ needs boto3, which is not installed: {extra}")

    @override
    def options(
        self, api_key: str | None, options: Mapping[str, Any], base_url: str | None = None
    ) -> dict[str, Any]:
        """Stand-ins for AWS keys where an API key is used instead, or none may go to the given server.

        litellm looks for AWS keys nevertheless, even on the network, and signs nothing with them.
        """
        if not (api_key or base_url) or not _CREDENTIALS.isdisjoint(options):
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

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return super().decodes(exchange) or empty_answer(exchange.document) is not None

    @override
    def converted(self, body: Any) -> Any:
        return empty_answer(body) or body


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
    def check(self, base_url: str | None, options: Mapping[str, Any]) -> None:
        """Check for google-auth, which litellm imports late; it calls its absence a connection error.

        Without an account it would ask other servers than the given one for a token.
        """
        if find_spec("google") is None or find_spec("google.auth") is None:
            extra = "pip install 'llm-backend-conformance[vertex]'"
            raise refused(f"vertex_ai/ needs google-auth, which is not installed: {extra}")
        if base_url and not options.get("vertex_credentials"):
            raise refused("vertex_ai/ needs the option vertex_credentials together with base_url")


class CohereRoute(Route):
    """Cohere's chat API, version 2, for which litellm only sends the request.

    It cannot read a stream, and loses the finish reason (BerriAI/litellm#33320), the plan beside tool calls,
    the thoughts and the cached tokens.
    """

    sends = frozenset({"response_format", "tool_choice"})

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


class GigaChatRoute(Route):
    """Chat completions with one function call a message, and cached tokens that are counted apart.

    litellm sends ``auto`` for the tool choice ``required``, and of several calls the first alone. It demands
    an object by a function, whose call only a whole answer would turn into text, and uploads images to other
    servers than the given one.
    """

    @override
    def check(self, base_url: str | None, options: Mapping[str, Any]) -> None:
        """Check that the server of the logins is given with that of the answers."""
        if base_url and not any(options.get(f"gigachat_{name}") for name in ("auth_url", "access_token")):
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
    def converted_chunks(self, events: EventChunks) -> Chunks:
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
    def converted_chunks(self, events: EventChunks) -> Chunks:
        return ConvertedChunks(events, oci.chunks)


class MistralRoute(Route):
    """Mistral's chat completions."""

    id_form = MISTRAL

    @override
    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with a named tool as its only one: litellm would offer all of them."""
        return with_only_the_chosen_tool(request)


class VertexMistralRoute(MistralRoute, VertexRoute):
    """Mistral's chat completions at Vertex AI, whose paths are those of all partners."""

    chat_paths = (*CHAT_COMPLETIONS, ":rawPredict", ":streamRawPredict")


class MendedRoute(Route):
    """Chat completions that differ from OpenAI's, which litellm mends.

    Fireworks may send a call as text, Databricks has content parts of its own, and xAI sends no finish reason
    beside calls.
    """

    @override
    def decodes(self, exchange: CapturedExchange) -> bool:
        return exchange.is_response


def route_of(model: str) -> Route:
    """The route that a model string names."""
    name, _, rest = model.partition("/")
    if name == "bedrock" and not rest.startswith("agent"):  # an agent's stream has another form
        return BedrockRoute()
    if name == "gemini":
        return GeminiRoute()
    if name == "vertex_ai":
        return VertexMistralRoute() if rest.startswith(("mistral", "codestral")) else VertexRoute()
    if name in ("cohere", "cohere_chat") and "v1/" not in model:  # the older API
        return CohereRoute()
    if name == "gigachat":
        return GigaChatRoute()
    if name == "oci" and not rest.startswith("cohere."):
        return OCIRoute()
    if name == "mistral":
        return MistralRoute()
    if name in ("fireworks_ai", "databricks", "xai"):
        return MendedRoute()
    return Route()
