"""Any OpenAI-compatible server through langchain-openai."""

import json
from typing import Any

from langchain_openai import ChatOpenAI
from typing_extensions import override

from provider.adapters import ParsedChunks
from provider.chat import ChatLLM
from provider.errors import LLMProviderError, refused
from provider.http import http_client, with_version


class LangChainLLM(ChatLLM):
    """A model behind ChatOpenAI, which takes OpenAI's messages as they are."""

    decoding_errors = (ValueError, TypeError, LookupError, AttributeError)

    @override
    def connect(self) -> None:
        url = with_version(self.base_url or "https://api.openai.com")
        http = http_client(url, self.timeout)  # langchain's own is shared by the whole process
        self.on_unload.callback(http.close)
        server = {"base_url": url, "api_key": self.api_key or "none", "http_client": http}
        options = {"timeout": self.timeout, "max_retries": 0, "stream_usage": True}
        self._chat = ChatOpenAI(model=self.model_name, **server, **options)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        answer = self._chat.invoke(**_arguments(**request))
        calls = [{**call, "args": json.dumps(call["args"])} for call in answer.tool_calls]
        return _completion("message", answer, calls + answer.invalid_tool_calls)

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        chunks = self._chat.stream(**_arguments(**request))
        # langchain's own sum of the chunks adds up finish reasons and tokens, and completes a cut call.
        converted = (_completion("delta", chunk, chunk.tool_call_chunks) for chunk in chunks)
        return ParsedChunks(converted, chunks.close)

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        asked_wrongly = isinstance(error, TypeError) and "keyword argument" in str(error)
        return refused(str(error)) if asked_wrongly else super().failure_from(error)


def _arguments(messages: Any, response_format: Any = None, **rest: Any) -> dict[str, Any]:
    # Given response_format, langchain would raise for an answer that max_tokens has cut.
    return {"input": messages, "extra_body": response_format and {"response_format": response_format}, **rest}


def _completion(place: str, answer: Any, calls: list[dict[str, Any]]) -> dict[str, Any]:
    tool_calls = [{**call, "function": {**call, "arguments": call["args"]}} for call in calls]
    message = {**answer.additional_kwargs, "content": answer.content, "tool_calls": tool_calls}
    used = answer.usage_metadata or {}
    usage = {"prompt_tokens": used.get("input_tokens"), "completion_tokens": used.get("output_tokens")}
    usage["prompt_tokens_details"] = {"cached_tokens": used.get("input_token_details", {}).get("cache_read")}
    return {"choices": [{place: message, **answer.response_metadata}], "usage": usage}
