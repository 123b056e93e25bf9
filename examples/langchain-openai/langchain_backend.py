"""Any OpenAI-compatible server through langchain-openai."""

import json
from typing import Any

from langchain_openai import ChatOpenAI
from typing_extensions import override

from provider.adapters import AsyncParsedChunks, ParsedChunks
from provider.chat import AsyncChatLLM, ChatCalls, ChatLLM
from provider.errors import LLMProviderError, refused
from provider.http import async_http_client, http_client, with_version


class LangChainCalls(ChatCalls):
    """What LangChainLLM and AsyncLangChainLLM share: all but the waiting."""

    decoding_errors = (ValueError, TypeError, LookupError, AttributeError)

    def chat_through(self, url: str, **http: Any) -> ChatOpenAI:
        """A ChatOpenAI that sends with the given client: langchain's own is shared by the whole process."""
        server = {"base_url": url, "api_key": self.api_key or "none", **http}
        options: dict[str, Any] = {"timeout": self.timeout, "max_retries": 0, "stream_usage": True}
        # A limit for each chunk waits by wait_for, which in Python 3.11 may lose a cancel: cpython#86296.
        options["stream_chunk_timeout"] = None
        return ChatOpenAI(model=self.model_name, **server, **options)

    @property
    def url(self) -> str:
        """Where requests go."""
        return with_version(self.base_url or "https://api.openai.com")

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        asked_wrongly = isinstance(error, TypeError) and "keyword argument" in str(error)
        return refused(str(error)) if asked_wrongly else super().failure_from(error)


class LangChainLLM(LangChainCalls, ChatLLM):
    """A model behind ChatOpenAI, which takes OpenAI's messages as they are."""

    @override
    def connect(self) -> None:
        http = http_client(self.url, self.timeout)
        self.on_unload.callback(http.close)
        self._chat = self.chat_through(self.url, http_client=http)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return _answered(self._chat.invoke(**_arguments(**request)))

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        chunks = self._chat.stream(**_arguments(**request))
        return ParsedChunks(map(_streamed, chunks), chunks.close)


class AsyncLangChainLLM(LangChainCalls, AsyncChatLLM):
    """A model behind the asynchronous methods of ChatOpenAI."""

    _http: Any = None

    @override
    async def connect(self) -> None:
        self._http = async_http_client(self.url, self.timeout)
        self._chat = self.chat_through(self.url, http_async_client=self._http)

    @override
    async def disconnect(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        return _answered(await self._chat.ainvoke(**_arguments(**request)))

    @override
    async def open_stream(self, request: dict[str, Any]) -> AsyncParsedChunks:
        chunks: Any = self._chat.astream(**_arguments(**request))
        return AsyncParsedChunks(chunks, _streamed, chunks.aclose)


def _arguments(messages: Any, response_format: Any = None, **rest: Any) -> dict[str, Any]:
    # Given response_format, langchain would raise for an answer that max_tokens has cut.
    return {"input": messages, "extra_body": response_format and {"response_format": response_format}, **rest}


def _answered(answer: Any) -> dict[str, Any]:
    calls = [{**call, "args": json.dumps(call["args"])} for call in answer.tool_calls]
    return _completion("message", answer, calls + answer.invalid_tool_calls)


def _streamed(chunk: Any) -> dict[str, Any]:
    # langchain's own sum of the chunks adds up finish reasons and tokens, and completes a cut call.
    return _completion("delta", chunk, chunk.tool_call_chunks)


def _completion(place: str, answer: Any, calls: list[dict[str, Any]]) -> dict[str, Any]:
    tool_calls = [{**call, "function": {**call, "arguments": call["args"]}} for call in calls]
    message = {**answer.additional_kwargs, "content": answer.content, "tool_calls": tool_calls}
    used = answer.usage_metadata or {}
    usage = {"prompt_tokens": used.get("input_tokens"), "completion_tokens": used.get("output_tokens")}
    usage["prompt_tokens_details"] = {"cached_tokens": used.get("input_token_details", {}).get("cache_read")}
    return {"choices": [{place: message, **answer.response_metadata}], "usage": usage}
