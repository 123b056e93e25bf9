"""Any OpenAI-compatible server through langchain-openai, which takes OpenAI's messages as they are."""

import contextlib
import logging

from langchain_openai import ChatOpenAI
from langchain_words import asked, read

from provider import BaseLLM, ErrorKind, LLMProviderError, LLMResponse, LLMStream
from provider.attachments import EVERYWHERE, attached
from provider.classify import classify


class LangChainLLM(BaseLLM):
    def __init__(self, model, **options):  # api_key, base_url, timeout, max_retries: as ChatOpenAI calls them
        super().__init__(model)
        self._options = options

    def load(self):
        if not self.loaded:
            self._chat = ChatOpenAI(model=self.model_name, stream_usage=True, **self._options)
        self.loaded = True
        return True

    def unload(self):
        self._chat = (
            None  # its connections are langchain's, shared by the whole process: nobody may close them
        )
        self.loaded = False

    def invoke(self, messages, attachments=None, **kwargs):
        with self._failing(response := LLMResponse()):
            said = attached(messages, attachments or [], {}, EVERYWHERE)
            read(asked(self._chat, **kwargs).invoke(said), response)
        return response

    def stream(self, messages, attachments=None, **kwargs):
        def deltas():
            with self._failing(response := LLMResponse()):
                said, whole = attached(messages, attachments or [], {}, EVERYWHERE), None
                for chunk in asked(self._chat, **kwargs).stream(said):
                    whole = chunk if whole is None else whole + chunk
                    if chunk.text:
                        response.content += chunk.text
                        yield chunk.text
                read(whole, response)
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
