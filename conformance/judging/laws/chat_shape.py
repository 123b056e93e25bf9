"""Compares answers with the types of the openai SDK; what they have beside those breaks no law."""

from __future__ import annotations

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from conformance.judging.chat import DONE
from conformance.judging.law import holds
from conformance.judging.reading import Reading
from conformance.judging.server import Server
from conformance.judging.shape import shape_of


def is_a_completion(server: Server, whole: Reading) -> None:
    """A whole answer is a ``ChatCompletion``."""
    shape = shape_of(whole.exchange.body, ChatCompletion)
    server.unknown |= shape.unknown
    holds(not shape.faults, "; ".join(shape.faults), "a ChatCompletion")


def is_of_chunks(server: Server, streamed: Reading) -> None:
    """Every event of a stream but the last is a ``ChatCompletionChunk``."""
    shapes = [shape_of(event.data, ChatCompletionChunk) for event in streamed.events if event.data != DONE]
    holds(bool(shapes), "no event", "chunks")
    server.unknown |= {f"(chunk) {name}" for shape in shapes for name in shape.unknown}
    faults = list(dict.fromkeys(fault for shape in shapes for fault in shape.faults))
    holds(not faults, "; ".join(faults[:5]), "a ChatCompletionChunk")
