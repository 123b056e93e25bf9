"""What some routes of litellm need beyond what all of them get, and how the answers of each are decoded.

- Where the answer is a chat completion, by the path of the request, its bytes are decoded as those of
  ``OpenAILLM`` are: litellm need not translate them and can only damage them. It turns an unknown finish
  reason into ``stop``, ignores a refusal and text in parts, counts tokens itself where the server did not,
  and requires fields that providers leave out.
- Responses of OpenAI's, by which litellm asks some models, and the answers of Cohere, Ollama and Oracle are
  converted from their bytes to chat completions: litellm loses refusals and failures of the first, misreads
  the streams of the next two, and the ends of the last.
- The answers of Anthropic, Gemini, Bedrock and of unknown wires are decoded by litellm, as is an object that
  it asks for by a tool of its own. Only the end, which is the finish reason and the token counts, is read
  from the bytes, by ``provider.litellm.wires``.
- What litellm answers without a request, from its cache or replaced by a test, is taken as it is.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from typing_extensions import override

from provider.chat.call_ids import ANTHROPIC, ANY, MISTRAL
from provider.chat.choices import choice_zero
from provider.chat.made_chunks import AnyChunks
from provider.chat.requests import with_only_the_chosen_tool
from provider.chat.streams import Events
from provider.errors import refused
from provider.json_values import mapping
from provider.litellm.chunks import ConvertedChunks
from provider.litellm.exchange import CHAT_COMPLETIONS, CapturedExchange
from provider.litellm.other_routes import OTHERS
from provider.litellm.route import Given, Route
from provider.litellm.signing_routes import GigaChatRoute, OCIRoute
from provider.litellm.wires import cohere
from provider.litellm.wires.bedrock import tagged_text
from provider.litellm.wires.bedrock_text import empty_answer
from provider.litellm.wires.gemini import text_of_parts, without_unsigned_thoughts

_CREDENTIALS = frozenset(
    {"aws_access_key_id", "aws_session_token", "aws_profile_name", "aws_role_name", "aws_web_identity_token"}
)
"""The options by which a caller may choose AWS keys."""


class BedrockRoute(Route):
    """Models at Amazon Bedrock."""

    frames = True
    id_form = ANTHROPIC

    @override
    def check(self, given: Given) -> None:
        """Check for boto3, which litellm imports late; it calls its absence a connection error."""
        if find_spec("boto3") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"bedrock/ needs boto3, which is not installed: {extra}")

    @override
    def options(self, given: Given) -> dict[str, Any]:
        """Stand-ins for AWS keys where an API key is used instead, or none may go to the given server.

        litellm looks for AWS keys nevertheless, even on the network, and signs nothing with them.
        """
        options = super().options(given)
        if not (given.api_key or given.base_url) or not _CREDENTIALS.isdisjoint(given.options):
            return options
        return {**options, "aws_access_key_id": "unused", "aws_secret_access_key": "unused"}

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

    @override
    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        """The answer, with the thoughts in its text: litellm takes them out only where it is not streamed.

        It puts those of DeepSeek R1, whose text begins inside the tag, among the provider's own fields.
        """
        body = super().completion(answer, exchange)
        message = choice_zero(body.get("choices")).get("message") or {}
        written = tagged_text(exchange.document)
        if written and message.get("reasoning_content"):
            message.update(content=written, reasoning_content=None)
        own = mapping(message.get("provider_specific_fields"))
        if own.get("reasoning_content"):
            message["reasoning_content"] = own["reasoning_content"]
        return body


class GeminiRoute(Route):
    """Google's models, at Gemini and at Vertex AI."""

    id_form = ANY

    @override
    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        body = super().completion(answer, exchange)
        if "candidates" in mapping(exchange.document):  # else it is a partner's, e.g. Claude's
            for choice in body["choices"]:
                choice["message"] = without_unsigned_thoughts(choice["message"])
            first = choice_zero(body["choices"])
            if first.get("finish_reason") == "content_filter":  # litellm drops the text before it
                first["message"]["content"] = text_of_parts(exchange.document)
        return body


class VertexRoute(GeminiRoute):
    """Models at Vertex AI; those not by Google have answers of another form."""

    @override
    def check(self, given: Given) -> None:
        """Check for google-auth, which litellm imports late; it calls its absence a connection error.

        Without an account it would ask other servers than the given one for a token.
        """
        if find_spec("google") is None or find_spec("google.auth") is None:
            extra = "pip install 'llm-backend-conformance[vertex]'"
            raise refused(f"vertex_ai/ needs google-auth, which is not installed: {extra}")
        if given.base_url and not given.options.get("vertex_credentials"):
            raise refused("vertex_ai/ needs the option vertex_credentials together with base_url")


class CohereRoute(Route):
    """Cohere's chat API, version 2, for which litellm only sends the request.

    It cannot read a stream, and loses the finish reason (BerriAI/litellm#33320), the plan beside tool calls,
    the thoughts and the cached tokens.
    """

    known_parameters = ("response_format", "tool_choice")

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
    def converted_chunks(self, events: Events) -> AnyChunks:
        return ConvertedChunks(events, cohere.chunks)


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
    return OTHERS.get(name, Route)()
