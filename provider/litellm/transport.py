"""The HTTP client of LiteLLM, whose transport shows every exchange to the current observation."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from provider.http.sse import media_type
from provider.http.transport import transport_to
from provider.litellm.observation import Observation, current_observation


def observed_client(base_url: str | None, timeout: float) -> httpx.Client:
    """A client like that of ``provider.http.transport.http_client``, whose exchanges are observed."""
    transport = ObservingTransport(transport_to(base_url))
    return httpx.Client(transport=transport, timeout=httpx.Timeout(timeout))


class ObservingTransport(httpx.BaseTransport):
    """Shows every exchange of ``inner`` to the current observation, where there is one."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and watch what comes back."""
        observation = current_observation()
        if observation is None:
            return self._inner.handle_request(request)
        observation.sent = True
        if observation.timeout is not None:  # not every route of litellm passes it on
            request.extensions = {
                **request.extensions,
                "timeout": httpx.Timeout(observation.timeout).as_dict(),
            }
        try:
            response = self._inner.handle_request(request)
        except Exception as error:
            observation.exception = error
            raise
        observation.head(response.status_code, response.headers)
        observation.pieces, observation.close = response.iter_bytes, response.close
        # The body is passed on decompressed, as it is observed. JSON and events are UTF-8, whatever charset
        # the type names.
        headers = [
            (name, media_type(value) if name == "content-type" else value)
            for name, value in response.headers.multi_items()
            if name not in ("content-encoding", "content-length")
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=_ObservedBody(response, observation),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class _ObservedBody(httpx.SyncByteStream):
    """A response body, decompressed, that shows its bytes to an observation."""

    def __init__(self, response: httpx.Response, observation: Observation) -> None:
        self._response = response
        self._observation = observation

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._response.iter_bytes():
                yield self._observation.feed(piece)
        except Exception as error:
            self._observation.exception = error
            raise
        yield self._observation.end()

    def close(self) -> None:
        self._response.close()
