"""Closes the connections of a library's own client."""

from __future__ import annotations

from typing import Any

from provider.http.sockets import Sockets


def sockets_of(client: Any) -> Sockets:
    """The connections of an SDK's own client; call their ``cut()`` at unload in place of its ``close()``.

    ``close()`` would not wake a thread that waits for the rest of an answer.

    Args:
        client: a synchronous one of httpx, or of its successor httpx2.
    """
    sockets = Sockets(client.close)
    client.event_hooks["request"].append(lambda request: request.extensions.update(trace=sockets.remember))
    return sockets
