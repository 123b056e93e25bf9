"""Any bytes from a server are an answer or an error of the contract.

The wires beyond chat completions; ``test_decoding`` and ``test_classify_any`` do the same for those and for
errors. ``make bench`` measures that decoding is linear.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from provider.chat import responses
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.responses import ResponseChunks
from provider.chat.streams import EventChunks
from provider.errors import LLMProviderError
from provider.http.aws_eventstream import FrameDecoder
from provider.http.ndjson import NDJSONDecoder
from provider.http.sse import EventDecoder
from provider.litellm.bodies import BodyReader
from provider.litellm.chunks import ConvertedChunks
from provider.litellm.other_routes import Payloads
from provider.litellm.wires import cohere, ending_of, gigachat, oci, ollama
from tests.provider.test_decoding import json_values

KINDS = ("text/event-stream", "application/x-ndjson", "application/json", "text/plain", "text/html", "")
FRAMES = "application/vnd.amazon.eventstream"
FIELDS = (
    *("type", "object", "response", "output", "item", "item_id", "output_index", "content_index", "delta"),
    *("content", "text", "status", "error", "incomplete_details", "reason", "summary", "name", "arguments"),
    *("call_id", "id", "usage", "input_tokens", "message", "tool_calls", "function", "done", "done_reason"),
    *("index", "finish_reason", "tool_plan", "choices", "thinking", "logprobs", "citations", "chatResponse"),
)
WORDS = (
    *("response.output_item.added", "response.output_text.delta", "response.completed", "response.failed"),
    *("response.function_call_arguments.delta", "function_call", "reasoning", "output_text", "refusal"),
    *("message", "completed", "incomplete", "content-delta", "tool-call-start", "tool-call-delta"),
    *("message-end", "tool-plan-delta", "COMPLETE", "text", "thinking", "stop", "error"),
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)
bodies = values | json_values
lines = st.binary(max_size=60) | bodies.map(lambda value: b"data: " + json.dumps(value).encode() + b"\n\n")
pieces = st.lists(
    lines | st.sampled_from([b"\r", b"\n\n", b"data: [DONE]\n\n", b"event: error\n"]), max_size=8
)


def read(chunks: Any) -> None:
    decoder = ChunkDecoder()
    with contextlib.suppress(LLMProviderError):
        for chunk in chunks:
            list(decoder.feed(chunk))
        list(decoder.flush())
        decoder.finish()


@settings(max_examples=300)
@given(sent=pieces)
def test_any_stream(sent: list[bytes]) -> None:
    """Of every kind in turn: to make the bytes costs more than to read them."""
    for kind in KINDS:
        note(kind)
        for is_lines in (False, True):
            read(EventChunks(kind, iter(sent), lambda: None, lines=is_lines))
            read(ResponseChunks(EventChunks(kind, iter(sent), lambda: None, lines=is_lines)))
        read(EventChunks(kind, iter(Payloads(sent)), lambda: None))


@given(sent=pieces)
def test_any_body_passes_on_to_litellm(sent: list[bytes]) -> None:
    for kind in (*KINDS, FRAMES, "application/octet-stream"):
        note(kind)
        reader = BodyReader(kind, stream=True, frames=True)
        for piece in sent:
            reader.feed(piece)
        reader.end()


@given(sent=pieces)
def test_any_bytes_are_events_lines_and_frames(sent: list[bytes]) -> None:
    for decoder in (EventDecoder(), NDJSONDecoder()):
        whole = [event for piece in sent for event in decoder.feed(piece)]
        assert all(isinstance(event.data, str) for event in [*whole, *decoder.flush()])
    frames = FrameDecoder()
    assert all(isinstance(event.data, str) for piece in sent for event in frames.feed(piece))


@given(body=bodies)
def test_any_whole_answer(body: Any) -> None:
    for wire in (responses, cohere, oci, ollama):
        note(wire.__name__)
        with contextlib.suppress(LLMProviderError):
            decode_completion(wire.completion(body))
    with contextlib.suppress(LLMProviderError):
        decode_completion(gigachat.translated(body))


@given(body=bodies)
def test_any_end_of_an_answer(body: Any) -> None:
    ending_of(body)


@given(sent=st.lists(bodies, max_size=5))
def test_any_events_of_a_wire(sent: list[Any]) -> None:
    converts: dict[str, Any] = {
        "cohere": cohere.chunks,
        "oci": oci.chunks,
        "ollama": ollama.Lines(),
        "gigachat": lambda event: [gigachat.translated(event)],
    }
    for wire, convert in converts.items():
        note(wire)
        events = EventChunks("text/event-stream", iter(encoded(sent)), lambda: None)
        read(ConvertedChunks(events, convert))


def encoded(sent: list[Any]) -> list[bytes]:
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in sent]
