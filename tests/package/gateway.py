"""A backend as another repository would write it: its own sending, and the package's decoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from provider.chat.backend import ChatLLM, split_options
from provider.chat.decoding import parsed
from provider.chat.streams import EventChunks
from provider.http.addresses import checked_key, with_version
from provider.http.transport import http_client


class MyLLM(ChatLLM):
    """Sends chat completions to a company's gateway."""

    _client: httpx.Client | None = None

    def _connect(self) -> None:
        self._url = with_version(self.base_url or "") + "/chat/completions"
        self._api_key = checked_key(self._given_key)
        self._headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        self._client = http_client(self.base_url, self.timeout)

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()

    def _post(self, request: Mapping[str, Any]) -> httpx.Response:
        if self._client is None:
            raise self._not_loaded()
        body, sending = split_options(request)
        headers = {**self._headers, **sending.get("extra_headers", {})}
        timeout = sending.get("timeout", self.timeout)
        call = self._client.build_request("POST", self._url, json=body, headers=headers, timeout=timeout)
        answer = self._client.send(call, stream=True)
        if answer.is_error:
            answer.read()
            answer.raise_for_status()
        return answer

    def _send(self, request: dict[str, Any]) -> Any:
        return parsed(self._post(request).read())

    def _open(self, request: dict[str, Any]) -> EventChunks:
        answer = self._post({"stream_options": {"include_usage": True}, **request})
        return EventChunks(answer.headers.get("content-type", ""), answer.iter_bytes(), answer.close)
