"""An asynchronous class is asked as a synchronous one: its own methods, in an event loop of its own.

Unit tests: what the suite asks of such a class is asked of async_openai@engine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.spec.bridge import BridgedLLM, bridged
from conformance.spec.contract import NotJudgedError
from conformance.spec.strangers import StrangerLLM
from provider import AsyncLLMStream, LLMResponse, StreamNotFinishedError
from provider.base import AsyncBaseLLM
from tests.spec.plain import QUESTION, OverflowError_, Plain

DEADLINE = 30.0


def loops() -> int:
    """The event loops of bridges that run."""
    return sum(thread.name.startswith("event loop of ") for thread in threading.enumerate())


class Stranger:
    """Coroutines, and an asynchronous generator."""

    def __init__(self, raises: Exception | None = None) -> None:
        self.loops: list[Any] = []
        self.raises = raises
        self.left = False

    async def invoke(self, _messages: Any) -> Any:
        self.loops.append(asyncio.get_running_loop())
        if self.raises is not None:
            raise self.raises
        return SimpleNamespace(content="Hello!", finish_reason="stop")

    async def stream(self, _messages: Any) -> AsyncIterator[str]:
        try:
            yield "Hello, "
            self.loops.append(asyncio.get_running_loop())
            yield "world!"
        finally:
            self.left = True

    async def close(self) -> None:
        self.loops.append(asyncio.get_running_loop())


def asked(own: Any) -> StrangerLLM:
    llm = StrangerLLM(bridged(own), "tiny")
    assert llm.load()
    return llm


def test_a_stranger_is_asked_in_one_loop_until_it_is_closed() -> None:
    own = Stranger()
    llm = asked(own)
    answer = llm.invoke(QUESTION)
    assert (answer.content, answer.finish_reason) == ("Hello!", "stop")
    assert list(llm.stream(QUESTION)) == ["Hello, ", "world!"]
    assert loops() == 1
    llm.unload()
    assert len(own.loops) == 3
    assert len({*own.loops}) == 1
    assert loops() == 0


def test_what_a_stranger_raises_is_raised() -> None:
    with asked(Stranger(OverflowError_("too long"))) as llm, pytest.raises(RuntimeError, match="too long"):
        llm.invoke(QUESTION)
    with asked(Stranger(RuntimeError("The server is busy."))) as llm:
        assert llm.invoke(QUESTION).error == "The server is busy."


def test_a_stream_that_is_left_is_closed_in_its_loop() -> None:
    own = Stranger()
    llm = asked(own)
    with llm.stream(QUESTION) as deltas:
        assert next(deltas) == "Hello, "
    assert own.left
    llm.unload()


def test_an_argument_that_a_coroutine_does_not_accept_is_not_judged() -> None:
    llm = asked(Stranger())
    with pytest.raises(NotJudgedError):
        llm.invoke(QUESTION, temperature=0.5)
    llm.unload()


def test_a_synchronous_class_is_left_as_it_is() -> None:
    own = Plain("Hello!")
    assert bridged(own) is own


class Contract(AsyncBaseLLM):
    """The contract, without a server."""

    number: ContextVar[int] = ContextVar("number", default=0)

    async def load(self) -> bool:
        self.loaded = True
        return True

    async def unload(self) -> None:
        self.loaded = False

    async def invoke(self, messages: Any, attachments: Any = None, **kwargs: Any) -> LLMResponse:
        await asyncio.sleep(0)
        return LLMResponse(f"{len(messages)} {len(attachments or ())} {kwargs} {self.number.get()}")

    def stream(self, messages: Any, attachments: Any = None, **kwargs: Any) -> AsyncLLMStream:
        async def deltas() -> Any:
            yield "Hello"
            yield await self.invoke(messages, attachments, **kwargs)

        return AsyncLLMStream(deltas)


def test_a_backend_of_the_contract_keeps_its_attributes() -> None:
    own = Contract("tiny")
    llm = bridged(own)
    assert isinstance(llm, BridgedLLM)
    with llm:
        assert (llm.model_name, llm.loaded, own.loaded) == ("tiny", True, True)
        llm.context_size = 7
        assert own.context_size == 7
        token = own.number.set(3)
        assert llm.chat_with_tools(QUESTION, [{}]).content == "1 0 {'tools': [{}]} 3"
        own.number.reset(token)
    assert not own.loaded
    assert loops() == 0


def test_the_response_of_a_stream_is_its_own() -> None:
    llm = bridged(Contract("tiny"))
    stream = llm.stream(QUESTION)
    with pytest.raises(StreamNotFinishedError):
        _ = stream.response
    assert list(stream) == ["Hello"]
    assert stream.response.content == "1 0 {} 0"
    assert loops() == 0


def test_a_loop_runs_until_the_last_stream_has_ended() -> None:
    llm = bridged(Contract("tiny"))
    llm.load()
    stream = llm.stream(QUESTION)
    next(stream)
    llm.unload()
    assert loops() == 1
    assert list(stream) == []
    assert loops() == 0


def test_many_threads_ask_at_once() -> None:
    with bridged(Contract("tiny")) as llm, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: llm.invoke(QUESTION).content, range(40)))
    assert answers == ["1 0 {} 0"] * 40
