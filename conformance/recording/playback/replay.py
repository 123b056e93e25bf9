"""The player: it answers from a cassette, and collects the requests that it could not answer."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.recording.cassette import file
from conformance.recording.cassette.errors import RequestNotRecorded
from conformance.recording.cassette.interaction import Request, Response, answers_contain
from conformance.recording.cassette.provenance import Provenance
from conformance.recording.playback.capture import CapturedExchange
from conformance.recording.playback.matching import ComparableRequest
from conformance.recording.secrets.credentials import Credentials
from conformance.recording.secrets.search import Secrets

_SHOWN_DIFFERENCES = 20


@dataclass(frozen=True)
class Unplayed:
    """A recorded interaction that was not requested."""

    index: int
    method: str
    path: str

    def __str__(self) -> str:
        return f"interactions[{self.index}] {self.method} {self.path}"


class Player:
    """Answers each request with the recorded response to an equal one; each response is played once.

    It collects what it could not answer, because SDKs turn the exception that reports a miss into a
    connection error.

    Attributes:
        before_match: changes each request before it is compared; a mutation run sets it.
    """

    def __init__(self, path: Path, rerecord: str, secrets: Secrets) -> None:
        self.before_match: Callable[[Request], Request] = lambda request: request
        self._path = path
        self._advice = f"Record it again: {rerecord}"
        self.credentials = Credentials(secrets)
        self._recording = file.read(path, rerecord)
        self._questions = [ComparableRequest(each.request) for each in self._recording.interactions]
        # Sixteen threads with equal bodies must each get a recording of their own, so finding one and
        # taking it is one step.
        self._lock = threading.Lock()
        self._left: dict[str, deque[int]] = {}
        for index, question in enumerate(self._questions):
            self._left.setdefault(question.key, deque()).append(index)
        self._misses: list[str] = []
        self._exchanges: list[CapturedExchange] = []

    @property
    def exchanges(self) -> tuple[CapturedExchange, ...]:
        """The requests so far, without secrets, and their responses; None for a miss."""
        return tuple(self._exchanges)

    def answers_contain(self, text: str) -> bool:
        """Whether a recorded response contains ``text``, an id."""
        return answers_contain(text, self._recording.interactions)

    @property
    def provenance(self) -> Provenance:
        """The provenance of the cassette."""
        return self._recording.provenance

    @property
    def misses(self) -> tuple[str, ...]:
        """A message for each request that could not be answered."""
        return tuple(self._misses)

    @property
    def unplayed(self) -> list[Unplayed]:
        """The interactions that were not requested so far."""
        indices = sorted(index for left in self._left.values() for index in left)
        requests = {index: self._recording.interactions[index].request for index in indices}
        return [Unplayed(index, request.method, request.path) for index, request in requests.items()]

    @property
    def played(self) -> int:
        """The number of interactions that were played so far."""
        return len(self._questions) - sum(map(len, self._left.values()))

    def answer(self, request: Request) -> Response:
        """The recorded response to ``request``; :class:`RequestNotRecorded` when none is left."""
        try:
            sent = self.credentials.hide(self.before_match(request))
            exchange = CapturedExchange(time.monotonic(), sent)
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
        question = ComparableRequest(sent)
        with self._lock:
            left = self._left.get(question.key)
            if left:
                return self._recording.interactions[left.popleft()].response
            raise RequestNotRecorded(self._miss(sent, question, known=left is not None))

    def _miss(self, sent: Request, question: ComparableRequest, *, known: bool) -> str:
        lines = [f"{self._path}: no recording answers {sent.method} {sent.path}"]
        if known:
            count = Counter(each.key for each in self._questions)[question.key]
            lines.append(f"  already played: {count} recorded, all of them played before")
        elif self._questions:
            lines += self._nearest(question)
        else:
            lines.append("  the recording has no interactions")
        return "\n".join((*lines, self._advice))

    def _nearest(self, question: ComparableRequest) -> list[str]:
        found = [each.differences(question) for each in self._questions]
        index = min(range(len(found)), key=lambda each: len(found[each]))
        nearest = found[index]
        lines = [f"  the nearest is interactions[{index}], which differs at"]
        lines += [f"    {each.text('recorded', 'sent')}" for each in nearest[:_SHOWN_DIFFERENCES]]
        if len(nearest) > _SHOWN_DIFFERENCES:
            lines.append(f"    and {len(nearest) - _SHOWN_DIFFERENCES} more places")
        return lines
