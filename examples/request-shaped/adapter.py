"""Turns a client of ``start``, ``chat``, ``cancel`` and ``stop`` into the five methods that the suite asks.

Replace what is imported from ``client``, and what ``_request``, ``_response`` and ``backend`` do with it.
"""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from typing import Any

from client import Client, Config, Reply, Request


@dataclass
class Response:
    """An answer, as the suite reads it; a client that tells more has more fields."""

    content: str
    tool_calls: list[dict[str, str]]
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


class StreamClosedError(Exception):
    """Nobody reads the stream any more; raised in ``chat`` by the callback, to end it."""


class FiveMethods:
    """A client of requests, as a backend."""

    def __init__(self, client: Client, config: Config) -> None:
        self._client, self._config = client, config

    def load(self) -> bool:
        self._client.start(self._config)
        return True

    def unload(self) -> None:
        self._client.stop()

    def invoke(self, messages: Any, **options: Any) -> Response:
        return _response(self._client.chat(_request(messages, options)))

    def chat_with_tools(self, messages: Any, tools: Any = None, **options: Any) -> Response:
        return self.invoke(messages, tools=tools, **options)

    def stream(self, messages: Any, **options: Any) -> Generator[str, None, Response]:
        """Pull the deltas that the client pushes. Nothing is asked before the first is wanted."""
        request = _request(messages, options)
        deltas: Queue[str | None] = Queue(maxsize=8)  # a slow reader slows the client, and so the server

        def push(delta: str) -> None:
            if request.cancelled.is_set():
                raise StreamClosedError
            deltas.put(delta)

        def ask() -> Reply:
            try:
                return self._client.chat(request, push)
            finally:
                deltas.put(None)

        with ThreadPoolExecutor(max_workers=1) as thread:  # it is joined at the end of the block
            asked = thread.submit(ask)
            try:
                yield from iter(deltas.get, None)
            finally:
                if not asked.done():
                    self._client.cancel(request)  # from here on it pushes one delta at most,
                while not deltas.empty():  # and for that there is room
                    deltas.get_nowait()
        return _response(asked.result())  # or its error, in the thread of the reader


def _request(messages: Any, options: dict[str, Any]) -> Request:
    unused = () if options.get("tools") else ("tools", "tool_choice")  # servers refuse an empty list
    return Request(messages, {name: value for name, value in options.items() if name not in unused})


def _response(reply: Reply) -> Response:
    prompt, completion = (reply.usage.get(f"{what}_tokens") for what in ("prompt", "completion"))
    return Response(reply.text, list(reply.calls.values()), reply.reason, prompt, completion)


def backend(model: str, server: str, secret: str = "", patience: float = 60) -> FiveMethods:
    """What the suite builds: pyproject.toml says which of its arguments these are."""
    return FiveMethods(Client(), Config(model, server, secret, patience))
