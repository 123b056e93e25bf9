"""Replaces credentials with placeholders, so that a wrong key still differs from the right one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.recording.cassette.errors import SecretFound
from conformance.recording.cassette.interaction import Request, Response
from conformance.recording.secrets import patterns, urls
from conformance.recording.secrets.encodings import places
from conformance.recording.secrets.identifiers import Identifiers
from conformance.recording.secrets.search import Secrets, carried, found_in, part_found_in, parts_of
from conformance.recording.wire_format import known

UNKNOWN = "<UNKNOWN_KEY>"
"""The placeholder of a credential that was not named as a secret."""

_SCHEME = re.compile(r"(Bearer|Basic|Token|AWS4-HMAC-SHA256) (.*)", re.DOTALL)
_SIGNER = re.compile(r"Credential=([^/,\s]+)")

_NO_ANSWER = Response(0)


class Credentials:
    """The secrets of one session and their placeholders: ``<API_KEY>``, ``<API_KEY_2>`` …

    The credentials that :meth:`see` has seen are secrets too; ``identifiers`` replaces account data.

    Args:
        secrets: values by their names, or values alone, which are named by their numbers.
        identifiers: the placeholder of each value that is not secret but must not be stored either.
    """

    def __init__(self, secrets: Secrets, identifiers: Mapping[str, str] | None = None) -> None:
        named = secrets if isinstance(secrets, Mapping) else _numbered(secrets)
        if not all(named.values()):
            raise ValueError("secrets must be non-empty texts")
        self._names: dict[str, str] = {}
        for number, secret in enumerate(named.values(), 1):
            self._names.setdefault(secret, f"<API_KEY{'' if number == 1 else f'_{number}'}>")
        self._lock = threading.Lock()
        self._parts: dict[str, str] = {}
        for name, secret in named.items():
            for kind, part in parts_of(name, secret):
                self._parts.setdefault(part, kind)
        self.identifiers = Identifiers(identifiers or {})

    def headers(self, sent: Mapping[str, str]) -> dict[str, str]:
        """The credential headers among ``sent``, each with its scheme and a placeholder."""
        return {name: self._header(sent[name]) for name in known().key_headers if name in sent}

    def clean(self, request: Request) -> Request:
        """``request`` with placeholders in its headers and its query, and without account data."""
        uri = self.identifiers.replaced(urls.without_keys(request.uri, self._placeholder))
        body = self.identifiers.replaced_in_body(request.body)
        return replace(request, uri=uri, body=body, headers=self.headers(request.headers))

    def hide(self, request: Request) -> Request:
        """``request`` for a message: clean, and without any named secret in its URI and its body."""
        clean = self.clean(request)
        uri, body = clean.uri, clean.body
        for secret, name in self._names.items():
            uri = uri.replace(secret, name).replace(quote(secret, safe=""), name)
            body = body.replace(secret.encode("utf-8"), name.encode("ascii"))
        return replace(clean, uri=uri, body=body)

    def see(self, request: Request, response: Response = _NO_ANSWER, tokens: Sequence[str] = ()) -> None:
        """Add every credential that was sent, set as a cookie or granted to the secrets of the session."""
        seen = [*carried(request, response), *(("the token that was granted", token) for token in tokens)]
        found = {value: kind for kind, value in reversed(seen) if not value.startswith(patterns.OWN_KEY)}
        with self._lock:
            # Another one: a thread that logs may be searching for the secrets so far.
            self._parts = self._parts | {each: found[each] for each in found if each not in self._parts}

    def hidden(self, text: str) -> str:
        """``text``, which may be JSON, with a placeholder for each secret."""
        for secret in sorted((*self._names, *self._parts), key=len, reverse=True):
            for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
                text = text.replace(form, self._placeholder(secret))
        return text

    def refuse(self, document: Any, path: Path) -> None:
        """Raise :class:`SecretFound` when a secret is anywhere in ``document``, never showing it.

        The audit searches for the same; what it would find is not stored in the first place.
        """
        # Not above: a replay, which stores nothing, need not import the detectors.
        from conformance.recording.secrets.unnamed import suspicious

        whole = places(document, lambda text: found_in(text, self._parts) or self.identifiers.find(text))
        parts = places(document, lambda text: part_found_in(text, self._parts))
        for place, kind in chain(whole, parts, suspicious(document)):
            raise SecretFound(f"{path}: {kind} would be stored at {place}; nothing was written")

    def find(self, text: str) -> str:
        """The kind of the secret that ``text`` contains, whole or cut, in any encoding; empty for none."""
        return found_in(text, self._parts) or part_found_in(text, self._parts)

    def _header(self, value: str) -> str:
        found = _SCHEME.fullmatch(value)
        if found is None:
            return self._placeholder(value)
        # A signed request names the key that signed it; the signature differs each time.
        signer = _SIGNER.search(found[2]) if found[1].startswith("AWS4") else None
        return f"{found[1]} {self._placeholder(signer[1] if signer else found[2])}"

    def _placeholder(self, credential: str) -> str:
        # An unnamed credential may be real, so it is never kept; its placeholder differs from a named one's.
        return self._names.get(credential, UNKNOWN)


def _numbered(secrets: Sequence[str]) -> dict[str, str]:
    if isinstance(secrets, str):
        raise ValueError("secrets must be non-empty texts in a list, not one text")
    return {f"secret number {number}": secret for number, secret in enumerate(secrets, 1)}
