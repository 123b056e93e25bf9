"""A route of litellm that needs nothing of its own, and what the others may need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider.chat import responses
from provider.chat.call_ids import OPENAI
from provider.chat.content import text_of
from provider.chat.decoding import TRANSLATED, UNHEARD, parse_json
from provider.chat.made_chunks import AnyChunks
from provider.chat.objects import fields_of
from provider.chat.responses import ResponseChunks
from provider.chat.streams import Events
from provider.json_values import mapping, mappings
from provider.litellm.chunks import LiteLLMChunks, WholeAnswer
from provider.litellm.counts import told_counts
from provider.litellm.exchange import CHAT_COMPLETIONS, CapturedExchange
from provider.litellm.replay import with_replayed_items
from provider.litellm.wires import calls_of_provider, ending_of
from provider.litellm.wires.bedrock_text import counted
from provider.litellm.wires.ending import Ending
from provider.litellm.wires.unheard import unheard


@dataclass(frozen=True)
class Given:
    """What the caller gave.

    Attributes:
        api_key: the key; None where none was given.
        base_url: the address of the server; None where none was given.
        options: further arguments.
        request: what is asked.
    """

    api_key: str | None
    base_url: str | None
    options: Mapping[str, Any]
    request: Mapping[str, Any] = field(default_factory=dict)


class Route:
    """A route that needs nothing of its own.

    Attributes:
        chat_paths: the ends of the paths at which an answer is a chat completion.
        frames: whether a binary stream of this route shows when an answer is complete.
        lines: whether a stream of this route may come as lines of JSON.
        known_parameters: the parameters that its provider has, whatever litellm knows of the model.
        id_form: the ids of tool calls that its provider accepts.
    """

    chat_paths: tuple[str, ...] = CHAT_COMPLETIONS
    frames = False
    lines = False
    known_parameters: tuple[str, ...] = ()
    id_form = OPENAI

    def check(self, given: Given) -> None:
        """Check that what the route needs is installed, and given.

        Raises:
            LLMProviderError: it is not; the message says what to install or to give.
        """

    def options(self, given: Given) -> dict[str, Any]:  # noqa: ARG002
        """Arguments of every call beside those that the caller gave."""
        return {"max_retries": 0}

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request to pass to litellm."""
        return with_replayed_items(request)

    def decodes(self, exchange: CapturedExchange) -> bool:
        """Whether the answer is decoded from its bytes, whatever litellm makes of it."""
        return exchange.is_chat_completion or exchange.is_response

    def completion(self, answer: Any, exchange: CapturedExchange) -> Any:
        """The body of a chat completion; ``answer`` is litellm's, None where it could not decode it."""
        if self.decodes(exchange):
            convert = responses.completion if exchange.is_response else self.converted
            return convert(parse_json(exchange.body.document))
        body = _with_real_end(fields_of(answer), exchange)
        translated = {TRANSLATED: not exchange.is_chat_completion, UNHEARD: unheard(exchange.document)}
        return {**body, **translated}

    def chunks(self, wrapper: Any, exchange: CapturedExchange) -> AnyChunks:
        """The chunks of a chat completion; ``wrapper`` iterates over litellm's."""
        if not self.decodes(exchange):
            return LiteLLMChunks(wrapper, exchange)
        if not exchange.asks_for_stream:
            return WholeAnswer(self.completion(wrapper, exchange))
        assert exchange.answer is not None
        events = exchange.events.of(exchange.answer, lines=self.lines)
        return ResponseChunks(events) if exchange.is_response else self.converted_chunks(events)

    def converted(self, body: Any) -> Any:
        """A received body as that of a chat completion."""
        return body

    def converted_chunks(self, events: Events) -> AnyChunks:
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
