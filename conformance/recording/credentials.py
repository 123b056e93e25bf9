"""Keeping secrets out of cassettes and messages, while a wrong key still counts as wrong."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.recording.errors import SecretFound
from conformance.recording.forms import places, readings
from conformance.recording.interaction import Request

HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
"""The headers that carry a credential."""

UNKNOWN = "<UNKNOWN_KEY>"
"""What stands for a credential that nobody named as a secret."""

_SCHEME = re.compile(r"(Bearer|Basic|Token|AWS4-HMAC-SHA256) (.*)", re.DOTALL)

# A shorter piece of base64 turns up by chance.
_SHORTEST_BASE64 = 8


class Credentials:
    """The secrets of one session and what stands for each of them: ``<API_KEY>``, ``<API_KEY_2>`` …"""

    def __init__(self, secrets: Sequence[str]) -> None:
        if isinstance(secrets, str) or not all(secrets):
            raise ValueError("secrets is a sequence of non-empty texts")
        self._names = {
            secret: f"<API_KEY{'' if number == 1 else f'_{number}'}>"
            for number, secret in enumerate(secrets, 1)
        }

    def headers(self, sent: Mapping[str, str]) -> dict[str, str]:
        """The credential headers among ``sent``, each value as its placeholder with its scheme."""
        return {name: self._placeholder(sent[name]) for name in HEADERS if name in sent}

    def hide(self, request: Request) -> Request:
        """``request`` as it may be shown: no secret in its URI and its body, placeholders in its headers."""
        uri, body = request.uri, request.body
        for secret, name in self._names.items():
            uri = uri.replace(secret, name).replace(quote(secret, safe=""), name)
            body = body.replace(secret.encode("utf-8"), name.encode("ascii"))
        return replace(request, uri=uri, body=body, headers=self.headers(request.headers))

    def hidden(self, text: str) -> str:
        """``text``, which may be JSON, with a placeholder for each secret that stands in it."""
        for secret, name in self._names.items():
            for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
                text = text.replace(form, name)
        return text

    def refuse(self, document: Any, path: Path) -> None:
        """Raise :class:`SecretFound` when a secret is anywhere in ``document``, never showing it."""
        for number, secret in enumerate(self._names, 1):
            for place in places(document, partial(_holds, secret=secret)):
                raise SecretFound(
                    f"{path}: secret number {number} would be stored at {place}; nothing was written"
                )

    def _placeholder(self, value: str) -> str:
        scheme, credential = "", value
        if found := _SCHEME.fullmatch(value):
            scheme, credential = f"{found[1]} ", found[2]
        # A credential nobody named may be a real one, so it is never kept. It still differs from a known one.
        return scheme + self._names.get(credential, UNKNOWN)


def _holds(text: str, secret: str) -> bool:
    """Whether ``secret`` stands in ``text``, in any form that a reader may turn it back from."""
    pieces = list(_base64_pieces(secret))
    for reading in readings(text):
        standard = reading.replace("-", "+").replace("_", "/")
        if secret in reading or any(piece in standard for piece in pieces):
            return True
    return False


def _base64_pieces(secret: str) -> Iterator[str]:
    # Base64 groups three bytes, so a secret inside a longer text looks different at each of three offsets.
    raw = secret.encode("utf-8")
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode("ascii")
        piece = whole[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(piece) >= _SHORTEST_BASE64:
            yield piece
