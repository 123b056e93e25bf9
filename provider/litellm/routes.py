"""What some routes of litellm need beyond what all of them get."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from provider.chat.decoding import parse_json
from provider.chat.streams import Chunks, EventChunks
from provider.errors import refused
from provider.json_values import mapping
from provider.litellm.cohere import CohereChunks, completion, request_fields
from provider.litellm.corrections import LiteLLMChunks, finish_reason
from provider.litellm.gemini import corrected
from provider.litellm.observation import Observation


class Route:
    """A route that needs nothing: litellm sends the request as it is, and decodes the answer well enough.

    Attributes:
        frames: whether a binary stream of this route shows when an answer is complete.
        reads_the_wire: whether an answer is decoded here from its bytes, whatever litellm makes of it.
    """

    frames = False
    reads_the_wire = False

    def check(self) -> None:
        """Check that what the route needs is installed.

        Raises:
            LLMProviderError: it is not; the message says how to install it.
        """

    def options(self, api_key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Arguments of every call beside the caller's ``options``."""
        return {}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request to pass to litellm."""
        return request

    @contextmanager
    def lent(self, client: Any) -> Iterator[dict[str, Any]]:
        """The arguments that make litellm use ``client``, for the time of one call."""
        yield {"client": client}

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion; ``answer`` is None where litellm could not decode it."""
        return answer.model_dump() if answer is not None else parse_json(seen.body)

    def is_readable(self, seen: Observation) -> bool:
        """Whether an answer that litellm could not decode can be decoded here from its bytes.

        litellm requires fields that providers leave out: Groq's ``service_tier``, an annotation's ``url``.
        """
        return seen.is_answered and (self.reads_the_wire or _is_completion(seen.body))

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:
        """The chunks of a chat completion."""
        return LiteLLMChunks(wrapper, seen)


_CREDENTIALS = frozenset(
    {"aws_access_key_id", "aws_session_token", "aws_profile_name", "aws_role_name", "aws_web_identity_token"}
)
"""The options by which a caller may choose AWS keys."""


class BedrockRoute(Route):
    """Models at Amazon Bedrock."""

    frames = True

    def check(self) -> None:
        """Check for boto3, which litellm imports late; it calls its absence a connection error."""
        if find_spec("boto3") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"bedrock/ needs boto3, which is not installed: {extra}")

    def options(self, api_key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        """Stand-ins for AWS keys where an API key is used instead.

        litellm looks for AWS keys nevertheless, even on the network, and signs nothing with them.
        """
        if not api_key or not _CREDENTIALS.isdisjoint(options):
            return {}
        return {"aws_access_key_id": "unused", "aws_secret_access_key": "unused"}

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

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with its real finish reason."""
        return _with_real_reason(super().whole(answer, seen), seen)


class AnthropicRoute(Route):
    """Anthropic's messages; litellm requests an object by a tool there, and takes a cut one for complete."""

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with its real finish reason."""
        return _with_real_reason(super().whole(answer, seen), seen)


class OpenAIRoute(Route):
    """OpenAI's chat completions, which litellm need not translate and can only damage.

    It turns an unknown finish reason into ``stop``, ignores a refusal and text
    in parts, and counts tokens itself where the server did not. An answer from
    its cache, without a request, is taken as litellm returns it.
    """

    reads_the_wire = True

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, as it was received."""
        return parse_json(seen.body) if seen.sent else super().whole(answer, seen)

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:
        """The chunks of a chat completion, as they are received."""
        if not seen.sent:
            return super().chunks(wrapper, seen)
        return EventChunks(seen.headers.get("content-type", ""), seen.pieces(), seen.close)


class GeminiRoute(Route):
    """Google's models, at Gemini and at Vertex AI."""

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with its real ending."""
        return corrected(super().whole(answer, seen), seen.body)


class VertexRoute(GeminiRoute):
    """Models at Vertex AI; those not by Google have answers of another form."""

    def check(self) -> None:
        """Check for google-auth, which litellm imports late; it calls its absence a connection error."""
        if find_spec("google") is None or find_spec("google.auth") is None:
            extra = "pip install 'llm-backend-conformance[vertex]'"
            raise refused(f"vertex_ai/ needs google-auth, which is not installed: {extra}")


class CohereRoute(Route):
    """Cohere's chat API, version 2, for which litellm only sends the request.

    It accepts no ``client`` (BerriAI/litellm#13049), cannot read a stream, and
    loses the finish reason (BerriAI/litellm#33320), the plan beside tool
    calls, the thoughts and the cached tokens.
    """

    reads_the_wire = True

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with the fields that litellm does not know at Cohere."""
        return {**request, "extra_body": {**request_fields(request), **request.get("extra_body", {})}}

    @contextmanager
    def lent(self, client: Any) -> Iterator[dict[str, Any]]:
        """Put ``client`` into litellm's cache of clients, under a setting of ``ssl_verify`` of our own."""
        import litellm

        own = f"provider-{uuid.uuid4().hex}"
        clients, name = litellm.in_memory_llm_clients_cache, f"httpx_clientssl_verify_{own}"
        clients.set_cache(key=name, value=client)
        try:
            # litellm would send ``ssl_verify`` to Cohere, as it does with every parameter it does not know.
            yield {"ssl_verify": own, "additional_drop_params": ["ssl_verify"]}
        finally:
            clients.delete_cache(clients.update_cache_key_with_event_loop(name))

    def whole(self, answer: Any, seen: Observation) -> Any:  # noqa: ARG002
        """The body of a chat completion, converted from the received body."""
        return completion(parse_json(seen.body))

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:  # noqa: ARG002
        """The chunks of a chat completion, converted from the received ones."""
        return CohereChunks(EventChunks(seen.headers.get("content-type", ""), seen.pieces(), seen.close))


def _is_completion(body: bytes) -> bool:
    """Whether a body is a chat completion in OpenAI's form."""
    try:
        choices = mapping(json.loads(body)).get("choices")
    except (ValueError, RecursionError):
        return False
    return isinstance(choices, list) and bool(choices) and "message" in mapping(choices[0])


def _with_real_reason(body: Any, seen: Observation) -> Any:
    real = _stop_reason(seen.body)
    for choice in body["choices"]:
        choice["finish_reason"] = finish_reason(choice["finish_reason"], real)
    return body


def _stop_reason(body: bytes) -> str:
    """The stop reason of an answer of Anthropic's or Bedrock's; empty where the body has another form."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("stopReason") or said.get("stop_reason") or "") if isinstance(said, Mapping) else ""


def route_of(model: str) -> Route:
    """The route that a model string names."""
    name, _, rest = model.partition("/")
    if name in ("openai", "azure"):
        return OpenAIRoute()
    if name == "bedrock" and not rest.startswith("agent"):  # an agent's stream has another form
        return BedrockRoute()
    if name == "anthropic":
        return AnthropicRoute()
    if name == "gemini":
        return GeminiRoute()
    if name == "vertex_ai":
        return VertexRoute()
    if name in ("cohere", "cohere_chat") and "v1/" not in model:  # the older API
        return CohereRoute()
    return Route()
