"""What backends for chat completions share: requests, decoding, tool calls, attachments, retries."""

from provider.chat.asynchronous import AsyncChatLLM
from provider.chat.backend import ChatLLM
from provider.chat.chat_calls import ChatCalls
from provider.chat.decoding import parse_json
from provider.chat.requests import split_options
from provider.chat.streams import Chunks, EventChunks

__all__ = ["AsyncChatLLM", "ChatCalls", "ChatLLM", "Chunks", "EventChunks", "parse_json", "split_options"]
