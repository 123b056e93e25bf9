"""Recordings of one answer, for the comparison of recordings."""

from __future__ import annotations

import json
from typing import Any

from conformance.recording import Interaction, Recording, Request, Response
from tests.recording.cassette_server import provenance


def answered(body: bytes, content_type: str, status: int = 200, question: bytes = b"{}") -> Recording:
    request = Request("POST", "https://api.invalid/v1/chat", {"content-type": "application/json"}, question)
    return Recording(
        provenance(), (Interaction(request, Response(status, "", {"content-type": content_type}, body)),)
    )


def streamed(*events: dict[str, Any]) -> Recording:
    return answered(
        "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode(), "text/event-stream"
    )
