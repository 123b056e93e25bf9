"""Requests as the server logs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Request:
    """One request as it arrived; ``time`` is in monotonic seconds, connections count from 1."""

    method: str
    path: str
    query: httpx.QueryParams
    headers: httpx.Headers
    body: bytes
    time: float
    connection: int

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)
