"""Recognises the OAuth exchange of an account's key for a token, which is never stored."""

from __future__ import annotations

from typing import Any

from conformance.recording.cassette import bodies
from conformance.recording.cassette.interaction import Request, Response, decoded

_TOKENS = ("access_token", "id_token", "refresh_token")


def tokens_granted(request: Request, response: Response) -> list[str] | None:
    """The tokens of an OAuth exchange; None for any other exchange.

    A refused exchange grants no tokens, and is one all the same: its request is signed by the account.
    """
    answer = _answer(response)
    granted = [answer[name] for name in _TOKENS if isinstance(answer.get(name), str)]
    return granted if granted or asks_for_token(request) else None


def asks_for_token(request: Request) -> bool:
    """Whether ``request`` asks for a token with a signed claim of an account."""
    return b"grant_type=" in request.body or b'"grant_type"' in request.body


def _answer(response: Response) -> dict[str, Any]:
    import httpx  # not at the top, as in cassette/interaction.py

    try:
        answer = bodies.parse(decoded(response))
    except (bodies.NotJSON, httpx.DecodingError):
        return {}
    return answer if isinstance(answer, dict) else {}
