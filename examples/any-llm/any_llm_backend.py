"""Any OpenAI-compatible server through any-llm."""

from typing import Any

from any_llm import AnyLLM
from any_llm.exceptions import ProviderError
from any_llm.utils.aio import run_async_in_sync

from provider.addresses import checked_key, with_version
from provider.chat import ChatLLM
from provider.chunks import ParsedChunks
from provider.errors import LLMProviderError
from provider.messages import refused


class AnyLLMBackend(ChatLLM):
    """A model behind any-llm's provider for servers that are not in its list."""

    _unreadable = (ProviderError, ValueError, TypeError)

    def _connect(self) -> None:
        self._api_key = checked_key(self._given_key)
        self._llm = AnyLLM.create_openai_compatible(
            "server",
            api_base=with_version(self.base_url or "https://api.openai.com"),
            api_key=self._api_key or "none",
            timeout=self.timeout,
            max_retries=0,
            unified_exceptions=True,
        )
        # any-llm has no way to close it; the connections belong to the loop that it asks from.
        self._opened.callback(lambda: run_async_in_sync(self._llm.client.close()))

    def _send(self, request: dict[str, Any]) -> Any:
        return self._llm.completion(allow_running_loop=True, **request).model_dump()

    def _open(self, request: dict[str, Any]) -> ParsedChunks:
        options = {"stream_options": {"include_usage": True}, "allow_running_loop": True}
        told = self._llm.completion(**{**options, **request})
        # The type of an answer is not shown: where any-llm reads nothing, it is taken for no stream.
        return ParsedChunks((chunk.model_dump() for chunk in told), told.close, "application/json")

    def _failure(self, error: Exception) -> LLMProviderError:
        cause = (
            getattr(error, "original_exception", None) or error
        )  # the kind is in it, not in any-llm's class
        asked_wrongly = isinstance(cause, TypeError) and "keyword argument" in str(cause)
        return refused(str(cause)) if asked_wrongly else super()._failure(cause)
