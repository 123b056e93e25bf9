"""Any OpenAI-compatible server through any-llm."""

from typing import Any

from any_llm import AnyLLM
from any_llm.exceptions import ProviderError
from any_llm.utils.aio import run_async_in_sync

from provider.addresses import checked_key, with_version
from provider.chat import ChatLLM
from provider.chunks import ParsedChunks
from provider.completions import malformed
from provider.errors import LLMProviderError


class AnyLLMBackend(ChatLLM):
    """A model behind any-llm's provider for servers that are not in its list."""

    _llm: Any = None

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

    def _disconnect(self) -> None:
        if self._llm is not None:
            run_async_in_sync(self._llm.client.close())  # any-llm itself has nothing to close it with

    def _send(self, request: dict[str, Any]) -> Any:
        return self._llm.completion(allow_running_loop=True, **request).model_dump()

    def _open(self, request: dict[str, Any]) -> ParsedChunks:
        options = {"stream_options": {"include_usage": True}, "allow_running_loop": True}
        told = self._llm.completion(**{**options, **request})
        # any-llm does not show the type of an answer: if it reads nothing, none was a stream's.
        return ParsedChunks((chunk.model_dump() for chunk in told), told.close, "application/json")

    def _failure(self, error: Exception) -> LLMProviderError:
        cause = getattr(error, "original_exception", None) or error  # its own classes name wrong kinds
        asked_wrongly = isinstance(cause, TypeError) and "keyword argument" in str(cause)
        if isinstance(cause, ProviderError | ValueError | TypeError) and not asked_wrongly:
            return malformed("the answer is no chat completion", str(cause))
        return super()._failure(cause)
