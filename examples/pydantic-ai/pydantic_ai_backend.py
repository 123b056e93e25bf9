"""Any OpenAI-compatible server through pydantic-ai's direct requests, without an agent."""

import asyncio
import contextlib
import logging

from openai import AsyncOpenAI
from pydantic_ai.direct import model_request_stream_sync, model_request_sync
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai_words import read, request_of, text_in

from provider import BaseLLM, ErrorKind, LLMProviderError, LLMResponse, LLMStream
from provider.classify import classify


class PydanticAILLM(BaseLLM):
    def __init__(self, model, **options):  # api_key, base_url, timeout, max_retries: as openai's client does
        super().__init__(model)
        self._options = options

    def load(self):
        if not self.loaded:
            self._client = AsyncOpenAI(**self._options)
            self._model = OpenAIChatModel(
                self.model_name, provider=OpenAIProvider(openai_client=self._client)
            )
        self.loaded = True
        return True

    def unload(self):
        if self.loaded:
            asyncio.run(self._client.close())
        self.loaded = False

    def invoke(self, messages, attachments=None, **kwargs):
        with self._failing(response := LLMResponse()):
            read(model_request_sync(self._model, **request_of(messages, attachments, **kwargs)), response)
        return response

    def stream(self, messages, attachments=None, **kwargs):
        def deltas():
            with self._failing(response := LLMResponse()):
                with model_request_stream_sync(
                    self._model, **request_of(messages, attachments, **kwargs)
                ) as stream:
                    for text in filter(None, map(text_in, stream)):
                        response.content += text
                        yield text
                    read(stream.response, response)
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
