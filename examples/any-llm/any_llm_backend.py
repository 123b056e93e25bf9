"""Any OpenAI-compatible server through any-llm, with its unified exceptions."""

import contextlib
import logging

from any_llm import AnyLLM
from any_llm_words import add, failure_of, read, request_of

from provider import BaseLLM, ErrorKind, LLMProviderError, LLMResponse, LLMStream


class AnyLLMBackend(BaseLLM):
    """A model behind any-llm's OpenAI provider."""

    def __init__(
        self, model, base_url=None, **options
    ):  # api_key, timeout, max_retries: as any-llm calls them
        super().__init__(model)
        self._options = {"api_base": base_url, "unified_exceptions": True, **options}

    def load(self):
        if not self.loaded:
            self._llm = AnyLLM.create("openai", **self._options)
        self.loaded = True
        return True

    def unload(self):
        self._llm = None  # there is nothing to close it with
        self.loaded = False

    def invoke(self, messages, attachments=None, **kwargs):
        with self._failing(response := LLMResponse()):
            request = request_of(self.model_name, messages, attachments, **kwargs)
            read(self._llm.completion(**request), response)
        return response

    def stream(self, messages, attachments=None, **kwargs):
        def deltas():
            with self._failing(response := LLMResponse()):
                request = request_of(self.model_name, messages, attachments, **kwargs)
                request |= {"stream": True, "stream_options": {"include_usage": True}}
                for chunk in self._llm.completion(**request):
                    yield from add(chunk, response)
            return response

        return LLMStream(deltas)

    @contextlib.contextmanager
    def _failing(self, response):
        try:
            yield
            self.last_prompt_tokens = response.prompt_tokens
            self.last_cached_prompt_tokens = response.cached_prompt_tokens
        except Exception as error:
            failure = failure_of(error)
            if not self.loaded:
                failure = LLMProviderError("call load() first", kind=ErrorKind.NOT_LOADED)
            logging.warning("%s: %s", self.model_name, failure)
            if failure.kind is ErrorKind.CONTEXT_LIMIT:
                raise failure from None
            response.failed(failure)
