"""Mistral through its own SDK, mistralai."""

from typing import Any

from mistralai.client import Mistral, errors
from typing_extensions import override

from provider.adapters import ParsedChunks
from provider.chat import ChatLLM, split_options
from provider.chat.call_ids import MISTRAL
from provider.errors import LLMProviderError, interrupted, malformed, refused
from provider.failures.classify import classify
from provider.failures.extraction import is_error
from provider.http import checked_url, http_client
from provider.json_values import json_or, mapping


class MistralLLM(ChatLLM):
    """A model behind the mistralai SDK, which takes OpenAI's messages as they are."""

    id_form = MISTRAL

    @override
    def connect(self) -> None:
        url = checked_url(self.base_url).removesuffix("/v1") if self.base_url else None
        http = http_client(url, self.timeout)  # the SDK's own leaves a thread that waits in a socket
        self.on_unload.callback(http.close)
        # Of what is no stream, the SDK shows a body that it has not kept.
        http.event_hooks["response"].append(lambda answer: _is_stream(answer) or answer.read())
        self._chat = Mistral(api_key=self.api_key, server_url=url, client=http).chat

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return self._chat.complete(**self._arguments(request)).model_dump(exclude_unset=True)

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        stream = self._chat.stream(**self._arguments(request))
        chunks = (event.data.model_dump(exclude_unset=True) for event in stream)
        return ParsedChunks(chunks, stream.close)

    def _arguments(self, request: dict[str, Any]) -> dict[str, Any]:
        body, sending = split_options(request)
        seed = {"random_seed": body.pop("seed")} if "seed" in body else {}
        timeout_ms = int(sending.get("timeout", self.timeout) * 1000)
        return {**body, **seed, "timeout_ms": timeout_ms, "http_headers": sending.get("extra_headers")}

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        if isinstance(error, errors.MistralError):
            return _failure(error)
        asked_wrongly = isinstance(error, TypeError) and "keyword argument" in str(error)
        return refused(str(error)) if asked_wrongly else super().failure_from(error)


def _is_stream(answer: Any) -> bool:
    return "event-stream" in answer.headers.get("content-type", "")


def _failure(error: errors.MistralError) -> LLMProviderError:
    """The SDK keeps what came in ``body``: of a stream, the event that it could not read."""
    if error.status_code != 200:
        return classify(error.status_code, error.body, headers=error.headers)
    body = json_or(error.body, error.body)
    data = mapping(body).get("data", body)
    if is_error(data):
        return classify(None, data)
    is_cut = data is not body and isinstance(data, str)  # an event that is not JSON
    return interrupted() if is_cut else malformed("the answer could not be read", error.body)
