"""What a backend over the SDK of another library needs."""

from provider.adapters.anthropic import completion_of, messages_request
from provider.adapters.event_loop import EventLoopThread
from provider.adapters.gemini import candidate_chunks, completion_of_candidate, contents_and_config
from provider.adapters.messages import chat_completion, turns
from provider.adapters.streams import AsyncParsedChunks, ParsedChunks, text_chunks, text_deltas
from provider.http.sockets import sockets_of

__all__ = [
    "AsyncParsedChunks",
    "EventLoopThread",
    "ParsedChunks",
    "candidate_chunks",
    "chat_completion",
    "completion_of",
    "completion_of_candidate",
    "contents_and_config",
    "messages_request",
    "sockets_of",
    "text_chunks",
    "text_deltas",
    "turns",
]
