"""One exchange over a real socket, recorded and replayed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import httpx

from conformance import recording
from conformance.recording import Interaction
from tests.recording.cassette_server import RERECORD, STORED, Reply, provenance, serving


def record(
    path: Path,
    reply: Reply,
    *,
    route: str = "/v1/chat",
    sent: Mapping[str, str] | None = None,
    body: bytes = b"{}",
    secrets: Mapping[str, str] | None = None,
    identifiers: Mapping[str, str] | None = None,
    **origin: str,
) -> Interaction:
    """One exchange over a socket; gives it as it is stored."""
    known = secrets or {"KEY": "the-key-of-the-session"}
    with (
        serving([reply]) as base,
        recording.record(path, provenance(**origin), base, STORED, known, identifiers=identifiers),
        httpx.Client(trust_env=False, timeout=10) as http,
    ):
        headers = {"content-type": "application/json", **(sent or {})}
        response = http.post(base + route, content=body, headers=headers)
        logging.getLogger("provider").warning("%s answered %s", response, response.text)
    [stored] = recording.read(path, RERECORD).interactions
    return stored


def replayed(path: Path, route: str, sent: Mapping[str, str], secret: str, body: bytes = b"{}") -> object:
    """What the recording answers, as JSON."""
    with recording.replay(path, RERECORD, [secret]), httpx.Client(trust_env=False) as http:
        headers = {"content-type": "application/json", **sent}
        return http.post(STORED + route, content=body, headers=headers).json()
