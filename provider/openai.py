"""OpenAI and everything that speaks its chat completions, through the openai SDK."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provider.chat.backend import ChatLLM
from provider.chat.call_ids import MISTRAL
from provider.chat.decoding import parse_json
from provider.chat.requests import split_options
from provider.chat.streams import EventChunks
from provider.errors import refused
from provider.http.addresses import checked_key, provider_name, with_version

if TYPE_CHECKING:
    import httpx
    import openai


class OpenAILLM(ChatLLM):
    """A model behind the openai SDK.

    The SDK builds and sends the request. The answer is decoded here, because
    the SDK loses errors inside a 200, cut streams and unusual events.

    Args:
        model_name: the model, e.g. ``gpt-4o``.
        api_key: the key; None reads ``OPENAI_API_KEY`` for OpenAI itself and sends none elsewhere.
        base_url: another server's URL, with or without ``/v1``.
        timeout: seconds that each wait may take, also between two events of a stream.
        max_retries: how often a request is sent again after a retryable failure.
        prompt_cache_key: sent with every request to OpenAI itself, and to no other server.
        prompt_cache_retention: likewise.
    """

    _http: httpx.Client | None = None
    _client: openai.OpenAI | None = None
    _headers: Mapping[str, str | openai.Omit]

    def __init__(
        self,
        model_name: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        prompt_cache_key: str | None = None,
        prompt_cache_retention: str | None = None,
    ) -> None:
        super().__init__(model_name, api_key, base_url, timeout=timeout, max_retries=max_retries)
        self.prompt_cache_key = prompt_cache_key
        self.prompt_cache_retention = prompt_cache_retention

    @override
    def connect(self) -> None:
        try:
            import openai
        except ImportError as error:
            extra = "pip install 'llm-backend-conformance[openai]'"
            raise refused(f"the openai SDK is not installed ({error}): {extra}") from None

        from provider.http.transport import http_client

        base_url = with_version(self.base_url) if self.base_url else None
        if self.api_key is None and base_url is None:
            self.api_key = checked_key("OPENAI_API_KEY")
        if base_url and "api.mistral.ai" in base_url:
            self.id_form = MISTRAL
        self._http = http_client(base_url, self.timeout)
        self._client = openai.OpenAI(
            api_key=self.api_key or "none",
            base_url=base_url,
            http_client=self._http,
            timeout=self.timeout,
            max_retries=0,
        )
        # Without a key, none is sent: "none" only satisfies the SDK.
        self._headers = {} if self.api_key else {"Authorization": openai.Omit()}

    @override
    def disconnect(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = self._client = None

    @property
    @override
    def provider(self) -> str:
        return provider_name("openai", with_version(self.base_url) if self.base_url else None)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        raw = self._completions().with_raw_response.create(**_arguments(request, self._headers))
        return parse_json(raw.http_response.content)  # JSON is UTF-8, whatever the content type

    @override
    def open_stream(self, request: dict[str, Any]) -> EventChunks:
        body = {"stream_options": {"include_usage": True}, **request}
        opened = ExitStack()
        response = opened.enter_context(
            self._completions().with_streaming_response.create(**_arguments(body, self._headers))
        )
        content_type = response.headers.get("content-type", "")
        timeout = request.get("timeout", self.timeout)
        pieces = response.http_response.iter_bytes()
        return EventChunks(content_type, pieces, opened.close, timeout=timeout)

    def _completions(self) -> openai.resources.chat.Completions:
        if self._client is None:
            raise self.not_loaded_error()
        return self._client.chat.completions


def _arguments(request: dict[str, Any], headers: Mapping[str, Any]) -> dict[str, Any]:
    """The SDK's arguments; those that it does not require go into the body unchanged."""
    body, sending = split_options(request)
    named = {name: body.pop(name) for name in ("model", "messages")}
    streamed = bool(body.pop("stream", False))
    sending["extra_headers"] = {**headers, **sending.get("extra_headers", {})}
    return {**named, "stream": streamed, "extra_body": body, **sending}
