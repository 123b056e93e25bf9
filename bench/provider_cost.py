"""What a backend costs over the SDK that it wraps, with a transport that answers at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
import openai
from typing_extensions import override

from bench.clock import python, ratio, seconds
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import Answer
from provider import LiteLLM, OpenAILLM
from provider.litellm.importing import imported_litellm

QUESTION: list[Any] = [{"role": "user", "content": "Count."}]
STREAMED = Answer("".join(f"{number:04}" for number in range(500)))
"""500 deltas of four characters; not all the same, which litellm takes for a broken model."""

BASE_URL = "http://bench.invalid/v1"
BASELINE = "import dataclasses, json, logging, re, typing, pathlib"


class Instant(httpx.BaseTransport):
    """Answers every request at once, with events where a stream is requested."""

    def __init__(self, *_: Any, **__: Any) -> None:
        wire = dialect("openai")
        self._whole = wire.completion(Answer("four"))
        self._events = b"".join(wire.events(STREAMED))

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if b'"stream":true' in request.read().replace(b" ", b""):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, headers=kind, stream=httpx.ByteStream(self._events))
        return httpx.Response(200, json=self._whole)


@contextmanager
def instant_network() -> Iterator[None]:
    """Make every backend that is loaded inside send to :class:`Instant`."""
    with mock.patch("httpx.HTTPTransport", Instant):
        yield


def import_ratio() -> float:
    """``import provider`` over an interpreter that imports what most programs import."""
    return ratio(python(f"{BASELINE}; import provider"), python(BASELINE), 25)


def openai_ratios() -> tuple[float, float]:
    """OpenAILLM's invoke and stream over the SDK's own."""
    raw = openai.OpenAI(api_key="k", base_url=BASE_URL, http_client=httpx.Client(transport=Instant()))
    with instant_network():
        llm = OpenAILLM("m", "k", BASE_URL)
        llm.load()

    def invoked() -> object:
        return [llm.invoke(QUESTION) for _ in range(20)]

    def invoked_raw() -> object:
        return [raw.chat.completions.create(model="m", messages=QUESTION) for _ in range(20)]

    def streamed_raw() -> object:
        with raw.chat.completions.create(model="m", messages=QUESTION, stream=True) as stream:
            return [chunk.choices[0].delta.content for chunk in stream if chunk.choices]

    return ratio(invoked, invoked_raw, 25), ratio(lambda: list(llm.stream(QUESTION)), streamed_raw, 25)


def litellm_ratios() -> tuple[float, float]:
    """LiteLLM's invoke and stream over ``litellm.completion`` with a client of the same kind."""
    litellm = imported_litellm()
    client = openai.OpenAI(api_key="k", base_url=BASE_URL, http_client=httpx.Client(transport=Instant()))
    with instant_network():
        llm = LiteLLM("openai/m", "k", BASE_URL)
        llm.load()
    same = {"model": "openai/m", "messages": QUESTION, "api_key": "k", "api_base": BASE_URL}

    def invoked() -> object:
        return [llm.invoke(QUESTION) for _ in range(10)]

    def invoked_raw() -> object:
        return [litellm.completion(**same, client=client, drop_params=True) for _ in range(10)]

    def streamed_raw() -> object:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        chunks = litellm.completion(**same, client=client, drop_params=True, **options)
        return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]

    return ratio(invoked, invoked_raw, 15), ratio(lambda: list(llm.stream(QUESTION)), streamed_raw, 7)


def second_load_ms() -> float:
    """Milliseconds of a second OpenAILLM's load in a process that has loaded one."""
    OpenAILLM("m", "k", BASE_URL).load()
    second = OpenAILLM("m", "k", BASE_URL)
    return 1000 * seconds(second.load)
