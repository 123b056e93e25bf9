"""Any OpenAI-compatible server through any-llm."""

from typing import Any

from any_llm import AnyLLM
from any_llm.exceptions import ProviderError
from any_llm.utils.aio import run_async_in_sync
from openai import DefaultAsyncHttpxClient
from typing_extensions import override

from provider.adapters import ParsedChunks
from provider.chat import ChatLLM
from provider.errors import LLMProviderError, refused
from provider.http import with_version


class AnyLLMBackend(ChatLLM):
    """A model behind any-llm's provider for servers that are not in its list."""

    decoding_errors = (ProviderError, ValueError, TypeError)

    @override
    def connect(self) -> None:
        self._llm = AnyLLM.create_openai_compatible(
            "server",
            api_base=with_version(self.base_url or "https://api.openai.com"),
            api_key=self.api_key or "none",
            timeout=self.timeout,
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(follow_redirects=False),
            unified_exceptions=True,
        )
        # any-llm cannot close its client, whose connections belong to the loop that any-llm calls it from.
        self.on_unload.callback(lambda: run_async_in_sync(self._llm.client.close()))

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return self._llm.completion(allow_running_loop=True, **request).model_dump()

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        options = {"stream_options": {"include_usage": True}, "allow_running_loop": True}
        chunks = self._llm.completion(**{**options, **request})
        # any-llm hides the content type: an answer without chunks counts as a body that is not a stream.
        return ParsedChunks((chunk.model_dump() for chunk in chunks), chunks.close, "application/json")

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        # any-llm's own class does not tell the kind of a failure.
        cause = getattr(error, "original_exception", None) or error
        asked_wrongly = isinstance(cause, TypeError) and "keyword argument" in str(cause)
        return refused(str(cause)) if asked_wrongly else super().failure_from(cause)
