"""The asynchronous backends, each in front of a loopback server, and what a test of them waits for."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from conformance.servers.scripted import Handler, Request, Script, ScriptedServer, Stall, stream
from provider import AsyncLiteLLM, AsyncLMStudioLLM, AsyncOpenAILLM, LLMResponse
from provider.base import AsyncBaseLLM
from tests.provider.routes import ANSWER, KEY, OPENAI, QUESTION, TIMEOUT

DEADLINE = 30.0
"""Seconds after which a call is taken to hang; no call may end by it."""

DIALECT = OPENAI.dialect
BEGUN = DIALECT.events(ANSWER)[:3]
"""The first events of an answer, with some of its text."""

Backend = Callable[..., AsyncBaseLLM]


def async_litellm(model: str, base_url: str, **settings: Any) -> AsyncLiteLLM:
    """The backend of litellm on its route for servers that speak as OpenAI does."""
    return AsyncLiteLLM(f"openai/{model}", base_url=f"{base_url}/v1", **settings)


every_backend = pytest.mark.parametrize("backend", [AsyncOpenAILLM, AsyncLMStudioLLM, async_litellm])


@contextmanager
def served(
    backend: Backend, handler: Handler, **options: Any
) -> Iterator[tuple[AsyncBaseLLM, ScriptedServer]]:
    """The backend, not loaded, and the server that answers it by ``handler``."""
    settings = {"api_key": KEY, "timeout": TIMEOUT, "max_retries": 0, **options}
    with ScriptedServer(DIALECT.with_other_paths(handler)) as server:
        yield backend("tiny", base_url=server.url, **settings), server


class SilentOnce:
    """A handler that gives the first request the beginning of an answer at most, and answers the others."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_first = True

    def __call__(self, request: Request) -> Script:
        if not self._is_first:
            return DIALECT.answering(ANSWER)(request)
        self._is_first = False
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._asked.set)
        return [*stream(BEGUN)[:-1], Stall()] if b'"stream":true' in request.body else [Stall()]

    async def asked(self) -> None:
        """Wait until the server has the first request."""
        self._loop = asyncio.get_running_loop()
        if self._is_first:
            await asyncio.wait_for(self._asked.wait(), DEADLINE)


async def read(llm: AsyncBaseLLM, how: str) -> LLMResponse:
    """The response of ``invoke``, or of a stream that was read to its end."""
    if how == "invoke":
        return await llm.invoke(QUESTION)
    deltas = llm.stream(QUESTION)
    text = "".join([delta async for delta in deltas])
    assert text == deltas.response.content, "the deltas are not the content"
    return deltas.response


async def left(server: ScriptedServer) -> bool:
    """Whether the server sees that its client closes every connection."""
    return await asyncio.to_thread(server.wait_for_client_to_leave, DEADLINE)


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Check that the block leaves no task; one may take some turns of the loop to end."""
    before = asyncio.all_tasks()
    yield
    gc.collect()
    for _ in range(10):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()
