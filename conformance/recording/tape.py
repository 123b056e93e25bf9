"""The two tapes of a session: one answers from a recording, one makes a recording."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from conformance.recording import persister
from conformance.recording.credentials import Credentials
from conformance.recording.errors import RequestNotRecorded
from conformance.recording.interaction import Interaction, Recording, Request, Response
from conformance.recording.matching import Question
from conformance.recording.provenance import Provenance
from conformance.recording.secret_texts import Secrets
from conformance.recording.tokens import decoded, tokens_granted

_SHOWN_DIFFERENCES = 20

_RESPONSE_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")


@dataclass(frozen=True)
class Unplayed:
    """A recorded interaction that nothing asked for."""

    index: int
    method: str
    path: str

    def __str__(self) -> str:
        return f"interactions[{self.index}] {self.method} {self.path}"


@dataclass
class Exchange:
    """One request of a session, when it was made (monotonic seconds), and the answer it got."""

    time: float
    request: Request
    response: Response | None = None


class ReplayTape:
    """Answers each request with the recording of an equal one, each recording once.

    The tape remembers what it could not answer, because SDKs turn the exception that says so into
    a connection error.
    """

    def __init__(self, path: Path, rerecord: str, secrets: Secrets) -> None:
        self._path = path
        self._advice = f"Record it again: {rerecord}"
        self.credentials = Credentials(secrets)
        self._recording = persister.read(path, rerecord)
        self._questions = [Question(each.request) for each in self._recording.interactions]
        # Sixteen threads with equal bodies must each get a recording of their own, so finding one and
        # taking it is one step.
        self._lock = threading.Lock()
        self._left: dict[str, deque[int]] = {}
        for index, question in enumerate(self._questions):
            self._left.setdefault(question.key, deque()).append(index)
        self._misses: list[str] = []
        self._exchanges: list[Exchange] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was asked so far, without secrets, and what was answered: None where nothing was recorded."""
        return tuple(self._exchanges)

    def was_told(self, text: str) -> bool:
        """Whether a server said ``text``, an id."""
        return _is_told(text, self._recording.interactions)

    @property
    def provenance(self) -> Provenance:
        """Where the recording comes from."""
        return self._recording.provenance

    @property
    def misses(self) -> tuple[str, ...]:
        """What could not be answered and why, a message for each request."""
        return tuple(self._misses)

    @property
    def unplayed(self) -> list[Unplayed]:
        """The interactions that nothing asked for so far."""
        indices = sorted(index for left in self._left.values() for index in left)
        requests = {index: self._recording.interactions[index].request for index in indices}
        return [Unplayed(index, request.method, request.path) for index, request in requests.items()]

    @property
    def played(self) -> int:
        """How many interactions were played so far."""
        return len(self._questions) - sum(map(len, self._left.values()))

    def answer(self, request: Request) -> Response:
        """The recorded response to ``request``; :class:`RequestNotRecorded` when none is left."""
        try:
            sent = self.credentials.hide(request)
            exchange = Exchange(time.monotonic(), sent)
            self._exchanges.append(exchange)
            exchange.response = self._taken(sent)
            return exchange.response
        except RequestNotRecorded as miss:
            message = str(miss)
        except Exception as error:  # noqa: BLE001  (an SDK would swallow this one too)
            message = f"{self._path}: a request could not be compared: {error!r}\n{self._advice}"
        self._misses.append(message)
        raise RequestNotRecorded(message)

    def _taken(self, sent: Request) -> Response:
        question = Question(sent)
        with self._lock:
            left = self._left.get(question.key)
            if left:
                return self._recording.interactions[left.popleft()].response
            raise RequestNotRecorded(self._miss(sent, question, known=left is not None))

    def _miss(self, sent: Request, question: Question, *, known: bool) -> str:
        lines = [f"{self._path}: no recording answers {sent.method} {sent.path}"]
        if known:
            count = Counter(each.key for each in self._questions)[question.key]
            lines.append(f"  already played: {count} recorded, all of them played before")
        elif self._questions:
            lines += self._nearest(question)
        else:
            lines.append("  the recording says that nothing is sent")
        return "\n".join((*lines, self._advice))

    def _nearest(self, question: Question) -> list[str]:
        found = [each.differences(question) for each in self._questions]
        index = min(range(len(found)), key=lambda each: len(found[each]))
        nearest = found[index]
        lines = [f"  nearest is interactions[{index}], which differs in"]
        lines += [f"    {each.text('recorded', 'sent')}" for each in nearest[:_SHOWN_DIFFERENCES]]
        if len(nearest) > _SHOWN_DIFFERENCES:
            lines.append(f"    and {len(nearest) - _SHOWN_DIFFERENCES} more places")
        return lines


class Watch(Protocol):
    """Learns of each question that is recorded before it is sent, and of its answer."""

    def asking(self) -> None:
        """A question is about to be sent; it is sent when this returns."""

    def answered(self, response: Response) -> None:
        """Its answer has come, with all its headers."""


class RecordTape:
    """Collects what was sent and what came back, and stores it without secrets and without the port.

    ``provenance`` may be completed until the tape is saved.
    """

    def __init__(
        self,
        provenance: Provenance,
        live_base: str,
        stored_base: str,
        secrets: Secrets,
        *,
        identifiers: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.provenance = provenance
        self._watch = watch
        self._live_base, self._stored_base = _base(live_base), _base(stored_base)
        self._credentials = Credentials(secrets, identifiers)
        self._interactions: list[Interaction] = []

    @property
    def recorded(self) -> int:
        """How many interactions were recorded so far."""
        return len(self._interactions)

    def was_told(self, text: str) -> bool:
        """Whether a server said ``text``, an id."""
        return _is_told(text, self._interactions)

    def asking(self) -> None:
        """A request is about to be sent."""
        if self._watch is not None:
            self._watch.asking()

    def add(self, request: Request, response: Response) -> None:
        """Keep one interaction as it came over the wire; an OAuth exchange is only looked out for."""
        tokens = tokens_granted(request, response)
        self._credentials.see(request, response, tokens or ())
        if tokens is None:
            self._interactions.append(Interaction(request, response))
        if self._watch is not None:
            self._watch.answered(response)

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
        document = persister.document(Recording(provenance, interactions))
        self._credentials.refuse(document, path)
        persister.write(path, document)

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


def _is_told(text: str, interactions: Iterable[Interaction]) -> bool:
    # As it stands and as JSON escapes it: an id of another script may be either.
    forms = {text.encode("utf-8"), json.dumps(text)[1:-1].encode("ascii")}
    return any(form in decoded(each.response) for each in interactions for form in forms)


def _base(url: str) -> str:
    # In the form in which httpx says the URI of a request: lower case, without a default port.
    return str(httpx.URL(url)).rstrip("/")
