"""Any OpenAI-compatible server through pydantic-ai's direct requests, without an agent."""

from typing import Any

import openai
from pydantic_ai import UnexpectedModelBehavior, direct, messages
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from typing_extensions import override

from provider.adapters import EventLoopThread, ParsedChunks, chat_completion, text_chunks, text_deltas, turns
from provider.chat import ChatLLM, split_options
from provider.http import with_version

PARTS = {"system": messages.SystemPromptPart, "user": messages.UserPromptPart, "assistant": messages.TextPart}
PARTS |= {"call": messages.ToolCallPart, "result": messages.ToolReturnPart}


class PydanticAILLM(ChatLLM):
    """A model behind pydantic-ai."""

    decoding_errors = (UnexpectedModelBehavior,)

    @override
    def connect(self) -> None:
        url = with_version(self.base_url) if self.base_url else None
        key = self.api_key or "none"
        http = openai.DefaultAsyncHttpxClient(timeout=self.timeout, follow_redirects=False)
        client = openai.AsyncOpenAI(api_key=key, base_url=url, max_retries=0, http_client=http)
        self._model = OpenAIChatModel(self.model_name, provider=OpenAIProvider(openai_client=client))
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
