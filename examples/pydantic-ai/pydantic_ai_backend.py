"""Any OpenAI-compatible server through pydantic-ai's direct requests, without an agent."""

from collections.abc import AsyncIterator
from typing import Any

import openai
from pydantic_ai import UnexpectedModelBehavior, direct, messages
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from typing_extensions import override

from provider.adapters import EventLoopThread, ParsedChunks, chat_completion, text_chunks, text_deltas, turns
from provider.chat import AsyncChatLLM, ChatCalls, ChatLLM, split_options
from provider.http import async_http_client, with_version

PARTS = {"system": messages.SystemPromptPart, "user": messages.UserPromptPart, "assistant": messages.TextPart}
PARTS |= {"call": messages.ToolCallPart, "result": messages.ToolReturnPart}


class PydanticAICalls(ChatCalls):
    """What PydanticAILLM and AsyncPydanticAILLM share: all but the waiting."""

    decoding_errors = (UnexpectedModelBehavior,)

    @property
    def url(self) -> str | None:
        """Where requests go; None for the SDK's own default."""
        return with_version(self.base_url) if self.base_url else None

    def sending_by(self, http: Any) -> tuple[openai.AsyncOpenAI, OpenAIChatModel]:
        """The SDK's client, and pydantic-ai's model over it."""
        key = self.api_key or "none"
        client = openai.AsyncOpenAI(api_key=key, base_url=self.url, max_retries=0, http_client=http)
        return client, OpenAIChatModel(self.model_name, provider=OpenAIProvider(openai_client=client))


class PydanticAILLM(PydanticAICalls, ChatLLM):
    """A model behind pydantic-ai."""

    @override
    def connect(self) -> None:
        http = openai.DefaultAsyncHttpxClient(timeout=self.timeout, follow_redirects=False)
        client, self._model = self.sending_by(http)
        self._loop = self.on_unload.enter_context(EventLoopThread())
        self.on_unload.callback(self._loop.run, client.close)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return _completion(self._loop.run(direct.model_request, self._model, **_arguments(request)))

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        stream, close = self._loop.open(direct.model_request_stream(self._model, **_arguments(request)))
        texts = text_deltas(stream.get().text or "" for _ in self._loop.each(stream))
        return ParsedChunks(text_chunks(texts, lambda: _completion(stream.get())), close)


class AsyncPydanticAILLM(PydanticAICalls, AsyncChatLLM):
    """A model behind pydantic-ai, whose own methods are asynchronous."""

    _http: Any = None

    @override
    async def connect(self) -> None:
        self._http = async_http_client(self.url, self.timeout)
        _, self._model = self.sending_by(self._http)

    @override
    async def disconnect(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    @override
    async def send(self, request: dict[str, Any]) -> Any:
        return _completion(await direct.model_request(self._model, **_arguments(request)))

    @override
    async def open_stream(self, request: dict[str, Any]) -> "_Chunks":
        opening = direct.model_request_stream(self._model, **_arguments(request))
        return _Chunks(opening, await opening.__aenter__())


class _Chunks(AsyncIterator[Any]):
    """The texts of a stream as they arrive, and everything else at the end."""

    terminated = False

    def __init__(self, opening: Any, stream: Any) -> None:
        self._opening, self._stream, self._events = opening, stream, aiter(stream)
        self._length, self._is_last = 0, False

    @override
    async def __anext__(self) -> Any:
        async for _ in self._events:
            text = self._stream.get().text or ""
            if delta := text[self._length :]:
                self._length = len(text)
                return {"choices": [{"delta": {"content": delta}}]}
        if self._is_last:
            raise StopAsyncIteration
        self._is_last = True
        [last] = text_chunks((), lambda: _completion(self._stream.get()))
        return last

    async def aclose(self) -> None:
        """Free the connection."""
        await self._opening.__aexit__(None, None, None)


def _arguments(request: dict[str, Any]) -> dict[str, Any]:
    body, sending = split_options(request)
    history = []
    for role, parts in turns(body.pop("messages"), messages.ImageUrl):
        turn = messages.ModelResponse if role == "assistant" else messages.ModelRequest
        history.append(turn([PARTS[kind](*fields) for kind, *fields in parts]))
    return {"messages": history, "model_settings": {**sending, "extra_body": body}}


def _completion(answer: Any) -> dict[str, Any]:
    details, used = answer.provider_details or {}, answer.usage
    calls = [(call.tool_call_id, call.tool_name, call.args) for call in answer.tool_calls]
    counts = (used.input_tokens, used.cache_read_tokens, used.output_tokens)
    tokens = counts if used.has_values() else (None,) * 3  # what was not sent is 0 here
    text, reason = answer.text or details.get("refusal"), details.get("finish_reason")  # as received
    return chat_completion(text, calls, reason, tokens, reasoning_content=answer.thinking)
