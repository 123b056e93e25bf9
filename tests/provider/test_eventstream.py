"""Decoding binary event streams: no scenario can try every cut and every damaged byte."""

from __future__ import annotations

import base64
import json
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialects.bedrock import exception_event
from conformance.servers.scripted.dialects.eventstream import frame, framed
from conformance.spec.dialogue import tools
from provider.http.aws_eventstream import FrameDecoder
from provider.http.sse import Event
from provider.litellm.exchange import CapturedExchange
from provider.litellm.other_routes import Payloads
from tests.corpus.traffic import frame_data

EVENTS = dialect("bedrock").events(tools.TEXT_BESIDE_CALL.answer)
STREAM = b"".join(EVENTS)
STREAM_TYPE = {"content-type": "application/vnd.amazon.eventstream"}


def decoded(*pieces: bytes) -> list[Event]:
    decoder = FrameDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


WHOLE = decoded(STREAM)


def test_the_events_are_those_that_botocore_reads() -> None:
    assert [{event.name: json.loads(event.data)} for event in WHOLE] == frame_data(STREAM)


@given(st.lists(st.integers(0, len(STREAM)), max_size=5).map(sorted))
def test_the_events_are_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    places = [0, *cuts, len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(places)]
    assert decoded(*pieces) == WHOLE


def test_the_events_are_the_same_byte_by_byte() -> None:
    assert decoded(*(bytes([byte]) for byte in STREAM)) == WHOLE


@given(st.integers(0, len(STREAM) - 1), st.integers(1, 255))
def test_nothing_is_read_from_a_damaged_byte_on(place: int, flip: int) -> None:
    damaged = bytearray(STREAM)
    damaged[place] ^= flip
    events = decoded(bytes(damaged))
    assert events == WHOLE[: len(events)]
    assert len(events) <= next(n for n in range(len(EVENTS)) if place < len(b"".join(EVENTS[: n + 1])))


def passed_on(*pieces: bytes) -> bytes:
    """What an SDK is given to read of a body that comes in these pieces and then ends."""
    exchange = CapturedExchange(stream=True, frames=True)
    exchange.response(httpx.Response(200, headers=STREAM_TYPE))
    return b"".join([*map(exchange.body.feed, pieces), exchange.end()])


@given(st.integers(0, len(STREAM)), st.integers(0, len(STREAM)))
def test_an_sdk_receives_complete_messages_only(cut: int, end: int) -> None:
    whole = [b"".join(EVENTS[:count]) for count in range(len(EVENTS) + 1)]
    body = STREAM[:end]
    assert passed_on(body[:cut], body[cut:]) == max(each for each in whole if len(each) <= end)


@given(st.integers(0, len(STREAM) - 1))
def test_an_sdk_receives_a_damaged_message(place: int) -> None:
    damaged = STREAM[:place] + bytes([STREAM[place] ^ 1]) + STREAM[place + 1 :]
    assert passed_on(damaged) == damaged


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_invalid_bytes_add_no_event(junk: bytes, payload: bytes) -> None:
    assert decoded(junk) == []
    decoded(frame({":event-type": "chunk"}, payload))
    decoded(frame({":message-type": "exception"}, payload))


@pytest.mark.parametrize("header", range(10))
def test_a_header_of_another_type_is_ignored(header: int) -> None:
    value = {0: b"", 1: b"", 2: b"x", 3: b"xx", 4: b"xxxx", 5: b"x" * 8, 6: b"\0\1x", 7: b"\0\1x"}
    other = b"\1n" + bytes([header]) + value.get(header, b"x" * (8 if header == 8 else 16))
    named = frame({":event-type": "end"}, b"{}")
    message = framed(other + named[12:-6], b"{}")
    assert decoded(message) == [Event("end", "{}")]


def test_an_exception_is_an_error_with_its_type() -> None:
    [event] = decoded(exception_event("throttlingException", "Wait."))
    assert event.name == "error"
    assert json.loads(event.data) == {"__type": "throttlingException", "message": "Wait."}


def test_an_error_message_is_read_from_its_headers() -> None:
    headers = {":message-type": "error", ":error-code": "InternalError", ":error-message": "Odd."}
    [event] = decoded(frame(headers, b""))
    assert json.loads(event.data) == {"__type": "InternalError", "message": "Odd."}


def test_a_models_own_event_is_unwrapped() -> None:
    inner = '{"type":"message_stop"}'
    payload = json.dumps({"bytes": base64.b64encode(inner.encode()).decode(), "p": "abc"}).encode()
    assert decoded(frame({":event-type": "chunk", ":message-type": "event"}, payload)) == [
        Event("chunk", inner)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 10])
def test_events_may_be_cut_anywhere_between_frames(size: int) -> None:
    """SageMaker puts the bytes of a server's events into frames wherever it happens to cut them."""
    events = 'data: {"text": "Hé, 😀"}\n\ndata: [DONE]\n\n'.encode()
    parts = [events[start : start + size] for start in range(0, len(events), size)]
    sent = b"".join(frame({":message-type": "event", ":event-type": "PayloadPart"}, part) for part in parts)
    pieces = [sent[start : start + 5] for start in range(0, len(sent), 5)]

    assert b"".join(Payloads(pieces)) == events


def test_an_exception_and_a_damaged_frame_are_error_events() -> None:
    part = frame({":message-type": "event", ":event-type": "PayloadPart"}, b'data: {"te')
    failed = frame(
        {":message-type": "exception", ":exception-type": "ModelStreamError"}, b'{"Message": "Gone."}'
    )

    said = b"".join(Payloads([part + failed]))
    damaged = b"".join(Payloads([part[:-1] + b"?"]))

    assert said == b'data: {"te\n\nevent: error\ndata: {"Message": "Gone.", "__type": "ModelStreamError"}\n\n'
    assert damaged == b'\n\nevent: error\ndata: {"message": "a frame of the stream is damaged"}\n\n'
