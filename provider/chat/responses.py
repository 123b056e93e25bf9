"""Converts responses of OpenAI's Responses API to chat completions; free of I/O.

A response is a list of items, each a message, a call, reasoning or a tool that the provider has run itself:
https://developers.openai.com/api/reference/resources/responses. The next request must repeat the items in
their order, the reasoning with them, which a message of chat completions cannot say. So the items are
carried in it, under ``ITEMS``, where there are other ones than it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from provider.chat.carried import ITEMS
from provider.chat.decoding import raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.chat.made_chunks import MadeChunks
from provider.errors import malformed
from provider.json_values import mapping, mappings, text

_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""The types of the items that call a tool of the caller's, and the field of what the tool is given."""

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})

_NOT_COMPLETE = ("incomplete", "failed", "cancelled")
"""The statuses of a response that has ended otherwise than complete."""

_TEXTS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_THOUGHTS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
_ARGUMENTS = frozenset({"response.function_call_arguments.delta", "response.custom_tool_call_input.delta"})

_BETWEEN_THOUGHTS = "\n\n"
"""What separates the parts of reasoning; each is a paragraph, and ends without a line feed."""


def completion(body: Any) -> dict[str, Any]:
    """A response as the body of a chat completion.

    Raises:
        LLMProviderError: it has failed, or is not a response.
    """
    raise_in_band_error(body)
    output = mapping(body).get("output")
    if not isinstance(output, list):
        raise malformed("the answer holds no output", body)
    if body.get("status") in ("queued", "in_progress"):
        raise malformed("the response is not complete", body)
    said, thought, others = _read(mappings(output), body)
    return _chunk("message", {**others, "content": _parts(said, thought)}, body)


class ResponseChunks(MadeChunks):
    """The chunks of a streamed response, of its events.

    Texts are passed on as they come. Calls and items follow at the end, when they are whole and in order.
    """

    terminated = False
    """Its last event names a status, which is the finish reason; without one it is cut."""

    def __init__(self, events: Any) -> None:
        super().__init__(events)
        self._model: Any = None
        self._output: dict[int | str, Mapping[str, Any]] = {}
        self._written = ""
        self._thought = ""
        self._paragraph: tuple[Any, ...] = ()

    @override
    def made_of(self, item: Any) -> Iterator[Any]:
        """The chunks of an event.

        Raises:
            LLMProviderError: it is an error, or something unreadable.
        """
        raise_in_band_error(item)
        if not isinstance(item, Mapping):
            raise malformed("an event of the stream is not an object", item)
        kind, response = text(item.get("type")), mapping(item.get("response"))
        self._model = response.get("model") or self._model
        if kind in _ENDS:
            self.is_done = True
            status = kind.partition(".")[2]
            # Where the event and its response contradict each other, the one counts that says it is cut.
            if status == "completed" and response.get("status") in _NOT_COMPLETE:
                status = text(response.get("status"))
            yield self._end({**response, "status": status})
        elif content := self._content(kind, item):
            yield {"model": self._model, "choices": [{"delta": {"content": content}}]}

    def _content(self, kind: str, event: Mapping[str, Any]) -> list[dict[str, str]]:
        """The text that an event adds; items and arguments are kept until the end."""
        piece, item = text(event.get("delta")), mapping(event.get("item"))
        place = event.get("output_index")
        key = place if isinstance(place, int) else text(event.get("item_id")) or text(item.get("id"))
        if kind in _TEXTS:
            self._written += piece
            return _parts(piece, "")
        if kind in _THOUGHTS:
            paragraph = key, kind, event.get("summary_index"), event.get("content_index")
            if self._thought and paragraph != self._paragraph:
                piece = _BETWEEN_THOUGHTS + piece
            self._paragraph, self._thought = paragraph, self._thought + piece
            return _parts("", piece)
        before = self._output.get(key, {})
        if kind in _ARGUMENTS:
            field = _CALLS.get(text(before.get("type")), "arguments")
            self._output[key] = {**before, field: text(before.get(field)) + piece}
        elif kind == "response.output_item.added":
            self._output[key] = {**item, **before}
        elif kind == "response.output_item.done":
            self._output[key] = item
        return []

    def _end(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """The last chunk: the calls, the items, and texts that no delta has told."""
        raise_in_band_error(response)
        said, thought, others = _read(mappings(response.get("output")) or self._in_order(), response)
        parts = _parts(_rest(said, self._written), _rest(thought, self._thought))
        return _chunk("delta", {**others, "content": parts}, response)

    def _in_order(self) -> list[Mapping[str, Any]]:
        """The items that were streamed, by their index; llama.cpp sends none, and one after the other."""
        last = len(self._output)
        by_index = sorted(
            self._output.items(), key=lambda each: each[0] if isinstance(each[0], int) else last
        )
        return [item for _, item in by_index]


def _chunk(field: str, message: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    """A completion or the last chunk of one, with the message in the ``field`` of its choice."""
    match response.get("status"):
        case "completed":
            reason = "tool_calls" if message["tool_calls"] else "stop"
        case "incomplete":
            details = mapping(response.get("incomplete_details"))
            reason = contract_reason(details.get("reason")) or "incomplete"
        case "failed" | "cancelled":
            reason = "error"
        case other:
            reason = text(other)
    choice = {field: message, "finish_reason": reason}
    return {"model": response.get("model"), "choices": [choice], "usage": response.get("usage")}


def calls_and_text(items: Sequence[Mapping[str, Any]]) -> tuple[list[Any], str]:
    """The ids of the calls in some items, and their text."""
    said, _, message = _read(items, {})
    return [call["id"] for call in message["tool_calls"]], said


def _read(items: Sequence[Mapping[str, Any]], response: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The text and the reasoning of some items, and the other fields of a message of them.

    Raises:
        LLMProviderError: a complete response holds nothing that a message can say, but something else.
    """
    said, thoughts, others = "", [], []
    calls: list[dict[str, Any]] = []
    for item in items:
        kind = text(item.get("type"))
        if kind == "message":
            parts = mappings(item.get("content"))
            said += "".join(text(part.get("text")) or text(part.get("refusal")) for part in parts)
        elif kind == "reasoning":
            parts = [*mappings(item.get("summary")), *mappings(item.get("content"))]
            thoughts += [text(part.get("text")) for part in parts]
        elif kind in _CALLS:
            function = {"name": item.get("name"), "arguments": item.get(_CALLS[kind])}
            identifier = item.get("call_id") or item.get("id")
            calls.append({"index": len(calls), "id": identifier, "type": "function", "function": function})
        else:
            others.append(item)
    thought = _BETWEEN_THOUGHTS.join(each for each in thoughts if each)
    if others and not (said or thought or calls) and response.get("status") == "completed":
        raise malformed("the response holds neither text nor a call, but", others)
    carried = {ITEMS: [dict(item) for item in items]} if _says_more(items) else {}
    return said, thought, {"role": "assistant", "tool_calls": calls, **carried}


def _parts(said: str, thought: str) -> list[dict[str, str]]:
    """Text and reasoning as the parts of a content, which hold nothing that must be carried back."""
    thinking = [{"type": "thinking", "text": thought}] if thought else []
    return [*thinking, *([{"type": "text", "text": said}] if said else [])]


def _says_more(items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some items say more than a message of chat completions can."""
    return any(item.get("type") not in ("message", "function_call") or item.get("phase") for item in items)


def _rest(whole: str, told: str) -> str:
    """What is missing of a text; nothing where something else was told."""
    return whole[len(told) :] if whole.startswith(told) else ""
