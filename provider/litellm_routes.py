"""What single routes of litellm need beside what all of them get."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from provider.chunks import Chunks, EventChunks
from provider.cohere import CohereChunks, completion, request_fields
from provider.completions import parsed
from provider.gemini import corrected
from provider.litellm_chunks import LiteLLMChunks, finish_reason
from provider.messages import mapping, refused
from provider.observation import Observation


class Route:
    """A route that needs nothing: litellm takes the request as it is, and reads the answer well enough.

    Attributes:
        frames: whether a binary stream of this route says when an answer is complete.
        reads_the_wire: whether an answer is read where it came in, and what litellm makes of it counts for
            nothing.
    """

    frames = False
    reads_the_wire = False

    def check(self) -> None:
        """Find out whether all that the route needs is installed.

        Raises:
            LLMProviderError: it is not; the message says how to install it.
        """

    def options(self, api_key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Arguments of every call, over what the caller gave as ``options``."""
        return {}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """``request`` as litellm is to be asked it."""
        return request

    @contextmanager
    def lent(self, client: Any) -> Iterator[dict[str, Any]]:
        """The arguments that make litellm use ``client``."""
        yield {"client": client}

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion; ``answer`` is None where litellm could not read what came."""
        return answer.model_dump() if answer is not None else parsed(seen.body)

    def is_readable(self, seen: Observation) -> bool:
        """Whether an answer that litellm could not read can be read where it came in.

        It demands fields that providers leave out: Groq's ``service_tier``, an annotation's ``url``.
        """
        return seen.is_answered and (self.reads_the_wire or _is_completion(seen.body))

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:
        """The chunks of a chat completion."""
        return LiteLLMChunks(wrapper, seen)


_CREDENTIALS = frozenset(
    {"aws_access_key_id", "aws_session_token", "aws_profile_name", "aws_role_name", "aws_web_identity_token"}
)
"""What a caller may name AWS keys by."""


class BedrockRoute(Route):
    """Models at Amazon Bedrock."""

    frames = True

    def check(self) -> None:
        """litellm imports boto3 when it signs, and calls its absence a connection error."""
        if find_spec("boto3") is None:
            extra = "pip install 'llm-backend-conformance[bedrock]'"
            raise refused(f"bedrock/ needs boto3, which is not installed: {extra}")

    def options(self, api_key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        """Stand-ins for AWS keys where an API key is used in their place.

        litellm looks for AWS keys all the same, on the network in the end, and signs nothing with them.
        """
        if not api_key or not _CREDENTIALS.isdisjoint(options):
            return {}
        return {"aws_access_key_id": "unused", "aws_secret_access_key": "unused"}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """Without tools where none may be called: Bedrock has no word for that, and litellm drops it.

        A conversation that has called tools must offer them; there the choice is the model's.
        """
        if request.get("tool_choice") != "none":
            return request
        called = any(message.get("tool_calls") for message in request["messages"])
        return {
            name: value
            for name, value in request.items()
            if name != "tool_choice" and (called or name != "tools")
        }

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with the reason that was really given for its end."""
        return _with_its_reason(super().whole(answer, seen), seen)


class AnthropicRoute(Route):
    """Anthropic's messages; an object is demanded by a tool there, and litellm takes a cut one for whole."""

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with the reason that was really given for its end."""
        return _with_its_reason(super().whole(answer, seen), seen)


class OpenAIRoute(Route):
    """OpenAI's chat completions, where litellm has nothing to translate and can only lose.

    It takes an unknown finish reason for ``stop``, passes over a refusal and
    over text in parts, and counts tokens itself where the server did not.
    What it answers without asking a server, from its cache, is its own.
    """

    reads_the_wire = True

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, as it came over the wire."""
        return parsed(seen.body) if seen.sent else super().whole(answer, seen)

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:
        """The chunks of a chat completion, as they come over the wire."""
        if not seen.sent:
            return super().chunks(wrapper, seen)
        return EventChunks(seen.headers.get("content-type", ""), seen.pieces(), seen.close)


class GeminiRoute(Route):
    """Models of Google's, at Gemini and at Vertex AI."""

    def whole(self, answer: Any, seen: Observation) -> Any:
        """The body of a chat completion, with the end that was really told."""
        return corrected(super().whole(answer, seen), seen.body)


class VertexRoute(GeminiRoute):
    """Models at Vertex AI; those of others than Google answer in words of their own."""

    def check(self) -> None:
        """litellm imports google-auth when it asks for a token, and calls its absence a connection error."""
        if find_spec("google") is None or find_spec("google.auth") is None:
            extra = "pip install 'llm-backend-conformance[vertex]'"
            raise refused(f"vertex_ai/ needs google-auth, which is not installed: {extra}")


class CohereRoute(Route):
    """Cohere's chat, version 2, of which litellm only sends the request.

    It takes no ``client`` (BerriAI/litellm#13049), reads no stream, and of a
    whole answer it loses why it ended (BerriAI/litellm#33320), the plan beside
    tool calls, the thoughts and the cached tokens.
    """

    reads_the_wire = True

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """With what litellm knows no name for at Cohere."""
        return {**request, "extra_body": {**request_fields(request), **request.get("extra_body", {})}}

    @contextmanager
    def lent(self, client: Any) -> Iterator[dict[str, Any]]:
        """litellm keeps its clients by how they check certificates: a way of our own leads to our client."""
        import litellm

        own = f"provider-{uuid.uuid4().hex}"
        clients, name = litellm.in_memory_llm_clients_cache, f"httpx_clientssl_verify_{own}"
        clients.set_cache(key=name, value=client)
        try:
            # It is no parameter of Cohere's, but litellm sends on whatever it does not know itself.
            yield {"ssl_verify": own, "additional_drop_params": ["ssl_verify"]}
        finally:
            clients.delete_cache(clients.update_cache_key_with_event_loop(name))

    def whole(self, answer: Any, seen: Observation) -> Any:  # noqa: ARG002
        """The body of a chat completion, out of what came over the wire."""
        return completion(parsed(seen.body))

    def chunks(self, wrapper: Any, seen: Observation) -> Chunks:  # noqa: ARG002
        """The chunks of a chat completion, out of what comes over the wire."""
        return CohereChunks(EventChunks(seen.headers.get("content-type", ""), seen.pieces(), seen.close))


def _is_completion(body: bytes) -> bool:
    """Whether a body is a chat completion as OpenAI sends it."""
    try:
        choices = mapping(json.loads(body)).get("choices")
    except (ValueError, RecursionError):
        return False
    return isinstance(choices, list) and bool(choices) and "message" in mapping(choices[0])


def _with_its_reason(body: Any, seen: Observation) -> Any:
    real = _stop_reason(seen.body)
    for choice in body["choices"]:
        choice["finish_reason"] = finish_reason(choice["finish_reason"], real)
    return body


def _stop_reason(body: bytes) -> str:
    """Why an answer of Anthropic's or Bedrock's ended; empty where it is in the words of the model itself."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("stopReason") or said.get("stop_reason") or "") if isinstance(said, Mapping) else ""


def route_of(model: str) -> Route:
    """What the route of a model string needs."""
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
    if name in ("cohere", "cohere_chat") and "v1/" not in model:  # litellm's name for the older API
        return CohereRoute()
    return Route()
