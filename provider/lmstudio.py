"""LM Studio over HTTP, at the level that it shares with every OpenAI-compatible server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provider.addresses import checked_key, checked_url
from provider.chat import ChatLLM
from provider.chunks import EventChunks
from provider.classify import classify
from provider.completions import malformed
from provider.errors import LLMProviderError
from provider.evidence import retry_after

if TYPE_CHECKING:
    import httpx

_SUFFIXES = ("/api/v0", "/api/v1", "/v1")


class LMStudioLLM(ChatLLM):
    """A model served by LM Studio.

    HTTP, not LM Studio's own SDK: that one speaks over a WebSocket, which
    cannot be recorded, and cannot hand back tool calls without running them.

    Args:
        model_name: the model's key in LM Studio.
        base_url: the server's URL, with or without ``/v1``.
        api_key: the API token, where the server demands one.
        timeout: seconds that each wait may take, also between two events of a stream.
        max_retries: how often a request is sent again after a failure that may pass.
    """

    # LM Studio refuses null here (lmstudio-ai/lmstudio-bug-tracker#261).
    _no_text = ""

    def __init__(
        self,
        model_name: str,
        base_url: str = "http://localhost:1234",
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
    ) -> None:
        super().__init__(model_name, api_key, base_url, timeout=timeout, max_retries=max_retries)
        self._http: httpx.Client | None = None
        self._completions_url = ""

    def _connect(self) -> None:
        from provider.transport import http_client

        root = checked_url(self.base_url or "")
        for suffix in _SUFFIXES:
            root = root.removesuffix(suffix)
        self._completions_url = f"{root}/v1/chat/completions"
        self._api_key = checked_key(self._api_key)
        self._http = http_client(root, self.timeout)
        if self._api_key:
            self._http.headers["Authorization"] = f"Bearer {self._api_key}"

    def _disconnect(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _send(self, request: dict[str, Any]) -> Any:
        response = self._answered(request)
        try:
            text = response.read().decode("utf-8", "replace")
        finally:
            response.close()
        try:
            return json.loads(text)
        except ValueError:
            raise malformed("the answer is not JSON", text) from None

    def _open(self, request: dict[str, Any]) -> EventChunks:
        response = self._answered({"stream_options": {"include_usage": True}, **request})
        return EventChunks(response.headers.get("content-type", ""), response.iter_bytes(), response.close)

    def _answered(self, request: dict[str, Any]) -> httpx.Response:
        """Send the request; the body of a successful answer is still to be read.

        Raises:
            LLMProviderError: the server answered with an error status.
        """
        if self._http is None:
            self._require_loaded()
        assert self._http is not None
        message = self._http.build_request("POST", self._completions_url, json=request)
        response = self._http.send(message, stream=True)
        if response.is_success:
            return response
        try:
            raise _failure(response, response.read())
        finally:
            response.close()


def _failure(response: httpx.Response, body: bytes) -> LLMProviderError:
    failure = classify(response.status_code, body)
    failure.retry_after = retry_after(response.headers.get("retry-after"))
    return failure
