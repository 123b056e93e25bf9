"""The recorder: it makes a cassette without secrets and without the port of the recording machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from conformance.recording.cassette import file
from conformance.recording.cassette.interaction import (
    Interaction,
    Recording,
    Request,
    Response,
    answers_contain,
    decoded,
)
from conformance.recording.cassette.provenance import Provenance
from conformance.recording.secrets.credentials import Credentials
from conformance.recording.secrets.oauth import tokens_granted
from conformance.recording.secrets.search import Secrets

_RESPONSE_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")


class EventHooks(Protocol):
    """Learns of each question that is recorded before it is sent, and of its answer."""

    def before_request(self) -> None:
        """A question is about to be sent; it is sent when this returns."""

    def after_response(self, response: Response) -> None:
        """Its answer has come, with all its headers."""


class Recorder:
    """Collects what was sent and what came back, and stores it without secrets and without the port.

    ``provenance`` may be completed until the recording is saved.
    """

    def __init__(
        self,
        provenance: Provenance,
        live_base: str,
        stored_base: str,
        secrets: Secrets,
        *,
        identifiers: Mapping[str, str] | None = None,
        hooks: EventHooks | None = None,
    ) -> None:
        self.provenance = provenance
        self._hooks = hooks
        self._live_base, self._stored_base = _base(live_base), _base(stored_base)
        self._credentials = Credentials(secrets, identifiers)
        self._interactions: list[Interaction] = []

    @property
    def recorded(self) -> int:
        """How many interactions were recorded so far."""
        return len(self._interactions)

    def answers_contain(self, text: str) -> bool:
        """Whether a server said ``text``, an id."""
        return answers_contain(text, self._interactions)

    def before_request(self) -> None:
        """A request is about to be sent."""
        if self._hooks is not None:
            self._hooks.before_request()

    def add(self, request: Request, response: Response) -> None:
        """Keep one interaction as it came over the wire; an OAuth exchange is only looked out for."""
        tokens = tokens_granted(request, response)
        self._credentials.see(request, response, tokens or ())
        if tokens is None:
            self._interactions.append(Interaction(request, response))
        if self._hooks is not None:
            self._hooks.after_response(response)

    def secret_in(self, text: str) -> str:
        """Which secret of the session stands in ``text``, in words; nothing where there is none."""
        return self._credentials.find(text)

    def storable(self, beside: Any, path: Path) -> Any:
        """A document of plain values as it may lie in ``path``, beside the recording.

        Raises:
            SecretFound: a secret is in it.
        """
        clean = self._credentials.clean_plain(beside)
        self._credentials.refuse(clean, path)
        return clean

    def save(self, path: Path) -> None:
        """Write what was recorded to ``path``; an empty recording says that nothing is sent."""
        interactions = tuple(
            Interaction(self._stored_request(each.request), self._stored_response(each.response))
            for each in self._interactions
        )
        provenance = Provenance.from_dict(self._credentials.clean_plain(self.provenance.as_dict()))
        document = file.document(Recording(provenance, interactions))
        self._credentials.refuse(document, path)
        file.write(path, document)

    def _stored_request(self, request: Request) -> Request:
        clean = self._credentials.clean(replace(request, uri=self._stored_uri(request.uri)))
        kept = {name: request.headers[name] for name in ("content-type",) if name in request.headers}
        return replace(clean, headers={**clean.headers, **kept})

    def _stored_response(self, response: Response) -> Response:
        headers = {name: response.headers[name] for name in _RESPONSE_HEADERS if name in response.headers}
        body = self._credentials.clean_body(decoded(response))
        return replace(response, headers=headers, body=body)

    def _stored_uri(self, uri: str) -> str:
        rest = uri.removeprefix(self._live_base)
        # The port 80 is not the beginning of the port 8080; after a path a colon begins a method of Google.
        ends = ("", "/", "?", ":") if urlsplit(self._live_base).path else ("", "/", "?")
        if rest != uri and rest[:1] in ends:
            return self._stored_base + rest
        return uri


def _base(url: str) -> str:
    # In the form in which httpx says the URI of a request: lower case, without a default port.
    return str(httpx.URL(url)).rstrip("/")
