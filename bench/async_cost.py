"""What an asynchronous backend costs over the asynchronous SDK that it wraps."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from unittest import mock

import httpx
import openai
from typing_extensions import override

from bench.clock import Work, ratio
from bench.provider_cost import BASE_URL, QUESTION, Instant
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import Answer
from provider import AsyncLiteLLM, AsyncOpenAILLM
from provider.base import AsyncBaseLLM
from provider.litellm.importing import imported_litellm

ROUNDS = 15
AT_ONCE = 500
TRACED = 100
"""Streams whose memory is traced, which makes each of them slow."""

Stream = Callable[[], AsyncIterator[Any]]


class AsyncInstant(httpx.AsyncBaseTransport):
    """Answers every request at once, as ``Instant`` does."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._answers = Instant()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self._answers.handle_request(request)


@contextmanager
def _loop() -> Iterator[Callable[[Callable[[], Awaitable[object]]], Work]]:
    """Makes work of a coroutine function: it is run in a loop in which every backend is answered at once."""
    with mock.patch("httpx.AsyncHTTPTransport", AsyncInstant), asyncio.Runner() as runner:

        def work(function: Callable[[], Awaitable[object]]) -> Work:
            async def run() -> object:
                return await function()

            return lambda: runner.run(run())

        yield work


def _client() -> openai.AsyncOpenAI:
    http = httpx.AsyncClient(transport=AsyncInstant())
    return openai.AsyncOpenAI(api_key="k", base_url=BASE_URL, http_client=http)


async def _invoked(llm: AsyncBaseLLM) -> object:
    return [await llm.invoke(QUESTION) for _ in range(20)]


async def _streamed(llm: AsyncBaseLLM) -> object:
    return [delta async for delta in llm.stream(QUESTION)]


def openai_ratios() -> tuple[float, float]:
    """AsyncOpenAILLM's invoke and stream over the SDK's own."""
    sdk, llm = _client(), AsyncOpenAILLM("m", "k", BASE_URL)

    async def invoked() -> object:
        return [await sdk.chat.completions.create(model="m", messages=QUESTION) for _ in range(20)]

    async def streamed() -> object:
        chunks = await sdk.chat.completions.create(model="m", messages=QUESTION, stream=True)
        return [chunk.choices[0].delta.content async for chunk in chunks if chunk.choices]

    return _ratios(llm, invoked, streamed)


def litellm_ratios() -> tuple[float, float]:
    """AsyncLiteLLM's invoke and stream over ``litellm.acompletion`` with a client of the same kind."""
    litellm, client, llm = imported_litellm(), _client(), AsyncLiteLLM("openai/m", "k", BASE_URL)
    same = {"model": "openai/m", "messages": QUESTION, "api_key": "k", "api_base": BASE_URL, "client": client}

    async def invoked() -> object:
        return [await litellm.acompletion(**same, drop_params=True) for _ in range(20)]

    async def streamed() -> object:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        chunks = await litellm.acompletion(**same, drop_params=True, **options)
        return [chunk.choices[0].delta.content async for chunk in chunks if chunk.choices]

    return _ratios(llm, invoked, streamed)


def _ratios(
    llm: AsyncBaseLLM,
    invoked: Callable[[], Awaitable[object]],
    streamed: Callable[[], Awaitable[object]],
) -> tuple[float, float]:
    with _loop() as work:
        work(llm.load)()
        return (
            ratio(work(partial(_invoked, llm)), work(invoked), ROUNDS),
            ratio(work(partial(_streamed, llm)), work(streamed), ROUNDS),
        )


class Cost(NamedTuple):
    """What streams at once cost: seconds for all, until the median's first delta, and KiB of each."""

    total: float
    first: float
    kibibytes: float


def at_once() -> tuple[Cost, Cost]:
    """What streams at once cost of AsyncOpenAILLM, and of the SDK, from a server in another process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=[there], daemon=True)
    process.start()
    try:
        return asyncio.run(_both(here.recv()))
    finally:
        process.terminate()
        process.join()


def _serve(connection: Connection) -> None:
    answer = dialect("openai").answering(Answer("word " * 20))
    with ScriptedServer(answer) as server:
        connection.send(server.url)
        connection.poll(None)


async def _both(url: str) -> tuple[Cost, Cost]:
    sdk = openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0)
    async with AsyncOpenAILLM("m", "k", url, max_retries=0) as llm, sdk:

        async def raw() -> AsyncIterator[Any]:
            chunks = await sdk.chat.completions.create(
                model="m", messages=QUESTION, stream=True, stream_options={"include_usage": True}
            )
            async for chunk in chunks:
                yield chunk

        return await _cost(partial(llm.stream, QUESTION)), await _cost(raw)


async def _cost(stream: Stream) -> Cost:
    await _open(stream, 1)
    total, first, _ = await _open(stream, AT_ONCE)
    tracemalloc.start()
    try:
        *_, kibibytes = await _open(stream, TRACED)
    finally:
        tracemalloc.stop()
    return Cost(total, first, kibibytes)


async def _open(stream: Stream, count: int) -> Cost:
    """Open streams at once, and read each to its end when all have their first delta."""
    delays: list[float] = []
    all_have_begun, goes_on = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        begun, is_first = time.perf_counter(), True
        async for _ in stream():
            if is_first:
                is_first = False
                delays.append(time.perf_counter() - begun)
                if len(delays) == count:
                    all_have_begun.set()
                await goes_on.wait()
        if is_first:
            raise RuntimeError("a stream had no delta")

    began, before = time.perf_counter(), tracemalloc.get_traced_memory()[0]
    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(read())
        await all_have_begun.wait()
        held = tracemalloc.get_traced_memory()[0] - before
        goes_on.set()
    return Cost(time.perf_counter() - began, statistics.median(delays), held / count / 1024)
