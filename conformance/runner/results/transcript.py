"""The transcript of a scenario: requests, answers and decoded responses, as plain data without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.recording import CapturedExchange, Request, Response
from conformance.recording.secrets.credentials import Credentials
from conformance.recording.wire_format import known
from conformance.runner.mode import ANSWERS
from conformance.runner.redaction import not_shown
from conformance.runner.results.assertions import MAX_COMPARED, MAX_PARAMETER, cut
from conformance.runner.stage.stage import Stage
from conformance.runner.targets.live import KEY
from conformance.servers.scripted import Chunk, Head, LastChunk, ScriptedServer, Send, Served, Step, Wait
from conformance.spec.expectations import CheckedResponse
from provider.response import LLMResponse

MAX_BODY = 64 * 1024
"""Characters of a body; a longer one is cut, and its size is noted."""

MAX_EXCHANGES = 8
"""Of a scenario, and as many answers: the last ones, for a scenario ends with what failed."""

MAX_PIECES = 200
"""Of an answer; one in more pieces is joined."""

SHOWN_HEADERS = ("accept", "anthropic-beta", "anthropic-version", "content-type", "retry-after")
"""Of a request and an answer, beside those with the key, which has been replaced by a placeholder."""

_SCRIPTED = "http://server.invalid"
"""Before the path of a request to a loopback server, which may begin with two slashes."""

_FIELDS = tuple(each.name for each in fields(LLMResponse))


@dataclass
class Transcript:
    """What a scenario used and checked, of which its transcript in the results is made.

    Attributes:
        servers: the loopback servers that played its scripts.
        judged: the responses that laws checked.
        demanded: the code of the scenario and its parameters.
        compared: both sides of the comparison that failed; None where none did.
    """

    servers: list[ScriptedServer] = field(default_factory=list)
    judged: list[CheckedResponse] = field(default_factory=list)
    demanded: dict[str, Any] = field(default_factory=lambda: {"code": "", "given": {}})
    compared: dict[str, str] | None = None


TRANSCRIPT = pytest.StashKey[Transcript]()


def transcript_of(item: pytest.Item, stage: Stage | None) -> dict[str, str]:
    """The transcript of ``item`` as ``{"transcript": JSON}``, for its report.

    Empty where none is kept, or where it contains a real key in a form that could not be redacted.
    """
    transcript, answers = item.stash.get(TRANSCRIPT, None), item.config.stash[ANSWERS]
    if transcript is None:
        return {}
    player = stage.player if stage is not None else None
    own = Credentials([KEY, *([answers.key] if answers.key is not None else [])])
    text = _transcript(transcript, stage, player.credentials if player is not None else own)
    if answers.secrets is not None:
        text = answers.secrets.hidden(text)
    # Only a live server gets the real key: elsewhere the slow search is not needed.
    secret_in = secret_finder(item.config, stage) if stage is not None and not stage.uses_cassette else None
    return {} if secret_in is not None and secret_in(text) else {"transcript": text}


def _transcript(transcript: Transcript, stage: Stage | None, credentials: Credentials) -> str:
    """The transcript of a scenario that has ended, in the form that the schema of results describes.

    JSON in ASCII, for an answer may contain half a surrogate pair, which xdist cannot send between processes.
    """
    exchanges = sorted(_exchanges(transcript, stage, credentials), key=lambda each: each.captured.time)
    left_out = max(0, len(exchanges) - MAX_EXCHANGES)
    answers = [
        _answer(each, max(0, sum(exchange.captured.time <= each.time for exchange in exchanges) - left_out))
        for each in transcript.judged[-MAX_EXCHANGES:]
    ]
    shown = {
        "exchanges": [_shown(each, credentials) for each in exchanges[left_out:]],
        "left_out": left_out,
        "answers": answers,
        **_assertions(transcript, credentials),
    }
    # An object that JSON does not know is shown by its repr, which may contain a secret.
    return credentials.hidden(json.dumps(shown, default=repr))


def _assertions(transcript: Transcript, credentials: Credentials) -> dict[str, Any]:
    """The scenario's code and failed comparison; secrets are redacted before a cut could split one."""
    code, given = transcript.demanded["code"], transcript.demanded["given"]
    sides = transcript.compared
    return {
        "demanded": {
            "code": code,
            "given": {name: cut(credentials.hidden(text), MAX_PARAMETER) for name, text in given.items()},
        },
        "compared": sides
        and {name: cut(credentials.hidden(text), MAX_COMPARED) for name, text in sides.items()},
    }


@dataclass(frozen=True)
class _Exchange:
    """One exchange, from whichever source, and how its answer was sent; its headers hold no credential."""

    captured: CapturedExchange
    pieces: Sequence[bytes]
    ending: str


def _exchanges(transcript: Transcript, stage: Stage | None, credentials: Credentials) -> Iterator[_Exchange]:
    for server in transcript.servers:
        yield from (_scripted(each, credentials) for each in server.served)
    if stage is not None:
        yield from (_captured(each, credentials) for each in stage.captured)
    if stage is not None and stage.player is not None:
        yield from map(_replayed, stage.player.exchanges)


def _scripted(served: Served, credentials: Credentials) -> _Exchange:
    request = served.request
    head = next((step for step in served.steps if isinstance(step, Head)), None)
    uri = f"{_SCRIPTED}{request.path}" + (f"?{request.query}" if request.query else "")
    sent = Request(request.method, uri, request.headers, request.body)
    came = Response(head.status, headers=head.headers) if head is not None else None
    pieces = [step.data for step in served.steps if isinstance(step, Send | Chunk)]
    ending = " ".join(_ending(step) for step in served.steps).strip()
    return _Exchange(CapturedExchange(request.time, _safe(sent, credentials), came), pieces, ending)


def _safe(request: Request, credentials: Credentials) -> Request:
    clean = credentials.clean(request)
    return replace(request, uri=clean.uri, headers={**request.headers, **clean.headers})


def _ending(step: Step) -> str:
    """The name of a step that sends nothing, e.g. a stall; empty for a wait, which was released."""
    return "" if isinstance(step, Head | Send | Chunk | LastChunk | Wait) else type(step).__name__.lower()


def _captured(exchange: CapturedExchange, credentials: Credentials) -> _Exchange:
    """Of a live answer only status and headers are kept."""
    ending = "live: the body was not kept" if exchange.response is not None else "no answer"
    return _Exchange(replace(exchange, request=_safe(exchange.request, credentials)), [], ending)


def _replayed(exchange: CapturedExchange) -> _Exchange:
    if exchange.response is None:
        return _Exchange(exchange, [], "no recording answers this")
    return _Exchange(exchange, [exchange.response.body], "")


def _shown(exchange: _Exchange, credentials: Credentials) -> dict[str, Any]:
    """The exchange as plain data; secrets are redacted before a cut could split one."""
    sent, came = exchange.captured.request, exchange.captured.response
    address = urlsplit(sent.uri)
    pieces = exchange.pieces if len(exchange.pieces) <= MAX_PIECES else [b"".join(exchange.pieces)]
    kept, room = [], MAX_BODY
    for piece in pieces:
        kept.append(credentials.hidden(_text(piece))[:room])
        room -= len(kept[-1])
        if room <= 0:
            break
    return {
        "request": {
            "method": sent.method,
            "target": f"{address.path}?{address.query}" if address.query else address.path,
            "headers": _headers(sent.headers),
            "body": credentials.hidden(_text(sent.body))[:MAX_BODY],
            "bytes": len(sent.body),
        },
        "answer": {
            "status": came.status if came is not None else None,
            "headers": _headers(came.headers) if came is not None else {},
            "pieces": kept,
            "sent_in": len(exchange.pieces),
            "bytes": sum(map(len, exchange.pieces)),
            "ending": exchange.ending,
        },
    }


def _headers(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in (*known().key_headers, *SHOWN_HEADERS) if name in sent}


def _text(data: bytes) -> str:
    """The bytes as text; those that are not UTF-8 as escapes."""
    return data.decode("utf-8", "backslashreplace")


def _answer(judged: CheckedResponse, after: int) -> dict[str, Any]:
    """A response without its empty fields; a backend's own response class may lack some."""
    decoded = {name: getattr(judged.response, name, None) for name in _FIELDS}
    return {
        "after": after,
        "raised": judged.raised,
        "decoded": {name: value for name, value in decoded.items() if value not in (None, {}, [])},
        "expected": judged.expected,
    }


def secret_finder(config: pytest.Config, stage: Stage | None) -> Callable[[str], str] | None:
    """A function that names the secret in a text, empty for none; None where no real server is asked."""
    if stage is not None and stage.recorder is not None:
        return stage.recorder.secret_in
    secrets = config.stash[ANSWERS].secrets
    return None if secrets is None else secrets.find


def redact(report: pytest.TestReport, secret_in: Callable[[str], str]) -> None:
    """Replace every text of ``report`` that contains a secret, as ``secret_in`` finds it."""
    if found := secret_in(str(report.longrepr or "")):
        report.longrepr = f"failed; the reason is {not_shown(found)}"

    def shown(text: str) -> str:
        return not_shown(found) if (found := secret_in(text)) else text

    report.sections = [(name, shown(text)) for name, text in report.sections]
    if (cause := getattr(report, "cause", None)) is not None:
        report.cause = {name: shown(text) for name, text in cause.items()}  # type: ignore[attr-defined]
