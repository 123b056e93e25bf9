"""A backend as another repository would write it: its own sending, and the package's decoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from typing_extensions import override

from provider.chat.backend import ChatLLM, split_options
from provider.chat.decoding import parse_json
from provider.chat.streams import EventChunks
from provider.http.addresses import with_version
from provider.http.transport import http_client


class MyLLM(ChatLLM):
    """Sends chat completions to a company's gateway."""

    @override
    def connect(self) -> None:
        self._url = with_version(self.base_url or "") + "/chat/completions"
        self._headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        self._client = http_client(self.base_url, self.timeout)
        self.on_unload.callback(self._client.close)

    def _post(self, request: Mapping[str, Any]) -> httpx.Response:
        body, sending = split_options(request)
        headers = {**self._headers, **sending.get("extra_headers", {})}
        timeout = sending.get("timeout", self.timeout)
        call = self._client.build_request("POST", self._url, json=body, headers=headers, timeout=timeout)
        answer = self._client.send(call, stream=True)
        if answer.is_error:
            answer.read()
            answer.raise_for_status()
        return answer

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return parse_json(self._post(request).read())

    @override
    def open_stream(self, request: dict[str, Any]) -> EventChunks:
        answer = self._post({"stream_options": {"include_usage": True}, **request})
        return EventChunks(answer.headers.get("content-type", ""), answer.iter_bytes(), answer.close)
