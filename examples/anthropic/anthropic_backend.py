"""Claude through the anthropic SDK, which sends, retries, and puts a stream together."""

import contextlib
import logging

import anthropic
from anthropic_words import read, request_of

from provider import BaseLLM, ErrorKind, LLMProviderError, LLMResponse, LLMStream
from provider.classify import classify


class AnthropicLLM(BaseLLM):
    def __init__(self, model, **options):  # api_key, base_url, timeout, max_retries: as the SDK calls them
        super().__init__(model)
        self._options = options

    def load(self):
        if not self.loaded:
            self._client = anthropic.Anthropic(**self._options)
        self.loaded = True
        return True

    def unload(self):
        if self.loaded:
            self._client.close()
        self.loaded = False

    def invoke(self, messages, attachments=None, **kwargs):
        with self._failing(response := LLMResponse()):
            request = request_of(self.model_name, messages, attachments, **kwargs)
            read(self._client.messages.create(**request), response)
        return response

    def stream(self, messages, attachments=None, **kwargs):
        def deltas():
            with self._failing(response := LLMResponse()):
                request = request_of(self.model_name, messages, attachments, **kwargs)
                with self._client.messages.stream(**request) as stream:
                    for text in stream.text_stream:
                        response.content += text
                        yield text
                    read(stream.get_final_message(), response)
            return response

        return LLMStream(deltas)

    @contextlib.contextmanager
    def _failing(self, response):
        try:
            yield
            self.last_prompt_tokens = response.prompt_tokens
            self.last_cached_prompt_tokens = response.cached_prompt_tokens
        except Exception as error:
            failure = classify(getattr(error, "status_code", None), getattr(error, "body", None), error)
            if isinstance(error, LLMProviderError):
                failure = error
            if not self.loaded:
                failure = LLMProviderError("call load() first", kind=ErrorKind.NOT_LOADED)
            logging.warning("%s: %s", self.model_name, failure)
            if failure.kind is ErrorKind.CONTEXT_LIMIT:
                raise failure from None
            response.failed(failure)
