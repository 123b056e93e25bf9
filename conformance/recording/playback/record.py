"""The recorder: it makes a cassette without secrets and without the port of the recording machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

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
    """Called around every recorded request."""

    def before_request(self) -> None:
        """Called before a request is sent."""

    def after_response(self, response: Response) -> None:
        """Called with the response and all its headers."""


class Recorder:
    """Collects requests and responses, and stores them without secrets and without the port of the server.

    Args:
        provenance: the provenance of the cassette; it may be completed until the recording is saved.
        live_base: the URL of the server.
        stored_base: the URL that is stored in its place.
        secrets: values by their names, or values alone. They become placeholders in credential headers and
            in the query; anywhere else they make the saving fail.
        identifiers: the placeholder of each value that is not secret but must not be stored either, such as
            a project; a replay is given the placeholder.
        hooks: called around every request.
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
        """The number of recorded interactions so far."""
        return len(self._interactions)

    def answers_contain(self, text: str) -> bool:
        """Whether a recorded response contains ``text``, an id."""
        return answers_contain(text, self._interactions)

    def before_request(self) -> None:
        """Called before a request is sent."""
        if self._hooks is not None:
            self._hooks.before_request()

    def add(self, request: Request, response: Response) -> None:
        """Keep an interaction; that of an OAuth token is not kept, but its secrets are remembered."""
        tokens = tokens_granted(request, response)
        self._credentials.see(request, response, tokens or ())
        if tokens is None:
            self._interactions.append(Interaction(request, response))
        if self._hooks is not None:
            self._hooks.after_response(response)

    def secret_in(self, text: str) -> str:
        """The kind of secret that ``text`` contains; empty where it contains none."""
        return self._credentials.find(text)

    def storable(self, document: Any, path: Path) -> Any:
        """``document``, plain values that are stored in ``path`` beside the cassette, without account data.

        Raises:
            SecretFound: it contains a secret.
        """
        clean = self._credentials.identifiers.replaced_in_plain(document)
        self._credentials.refuse(clean, path)
        return clean

    def save(self, path: Path) -> None:
        """Write the cassette to ``path``, also one without interactions.

        Raises:
            SecretFound: it would contain a secret.
        """
        interactions = tuple(
            Interaction(self._stored_request(each.request), self._stored_response(each.response))
            for each in self._interactions
        )
        origin = self._credentials.identifiers.replaced_in_plain(self.provenance.as_dict())
        document = file.document(Recording(Provenance.from_dict(origin), interactions))
        self._credentials.refuse(document, path)
        file.write(path, document)

    def _stored_request(self, request: Request) -> Request:
        clean = self._credentials.clean(replace(request, uri=self._stored_uri(request.uri)))
        kept = {name: request.headers[name] for name in ("content-type",) if name in request.headers}
        return replace(clean, headers={**clean.headers, **kept})

    def _stored_response(self, response: Response) -> Response:
        headers = {name: response.headers[name] for name in _RESPONSE_HEADERS if name in response.headers}
        body = self._credentials.identifiers.replaced_in_body(decoded(response))
        return replace(response, headers=headers, body=body)

    def _stored_uri(self, uri: str) -> str:
        rest = uri.removeprefix(self._live_base)
        # The port 80 is not the beginning of the port 8080; after a path a colon begins a method of Google.
        ends = ("", "/", "?", ":") if urlsplit(self._live_base).path else ("", "/", "?")
        if rest != uri and rest[:1] in ends:
            return self._stored_base + rest
        return uri


def _base(url: str) -> str:
    import httpx  # not at the top, as in interaction.py

    # As httpx writes the URI of a request: lower case, without a default port.
    return str(httpx.URL(url)).rstrip("/")
