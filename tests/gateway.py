"""A backend as another repository writes it: its own sending, and the decoding that the package has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from provider.chat import ChatLLM, parted
from provider.chunks import EventChunks
from provider.completions import parsed
from provider.transport import http_client


class MyLLM(ChatLLM):
    """Speaks chat completions to a company's gateway."""

    _client: httpx.Client

    def _connect(self) -> None:
        self._api_key = self._given_key
        self._client = http_client(self.base_url, self.timeout)

    def _disconnect(self) -> None:
        self._client.close()

    def _post(self, request: Mapping[str, Any]) -> httpx.Response:
        body, sending = parted(request)
        call = self._client.build_request(
            "POST",
            f"{self.base_url}/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {self._api_key}", **sending.get("extra_headers", {})},
            timeout=sending.get("timeout", self.timeout),
        )
        answer = self._client.send(call, stream=True)
        if answer.is_error:
            answer.read()
            answer.raise_for_status()
        return answer

    def _send(self, request: dict[str, Any]) -> Any:
        answer = self._post(request)
        answer.read()
        return parsed(answer.text)

    def _open(self, request: dict[str, Any]) -> EventChunks:
        answer = self._post({"stream_options": {"include_usage": True}, **request})
        return EventChunks(answer.headers.get("content-type", ""), answer.iter_bytes(), answer.close)
