"""What only AsyncLiteLLM can break: its clients, the calls that litellm makes in threads, and replaced ones.

No scenarios: callbacks and the routes that litellm asks in threads are litellm's own.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any
from unittest.mock import AsyncMock, patch

import httpx
import pytest

from conformance.servers.scripted import ScriptedServer, Stall, always, reply
from conformance.servers.scripted.dialects import dialect
from provider import AsyncLiteLLM
from provider.http.async_transport import AsyncClosableTransport
from provider.litellm import calls
from provider.litellm.exchange import CapturedExchange, capturing
from provider.litellm.importing import imported_litellm
from tests.provider.async_backends import DEADLINE, left, read
from tests.provider.async_litellm import asked
from tests.provider.routes import ANSWER, KEY, QUESTION, invoked_and_streamed


@pytest.fixture(autouse=True, params=["litellm@async"], ids=str)
def label() -> None:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""


@invoked_and_streamed
def test_litellm_sends_nothing_again_by_a_client_of_its_own(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its handler would, where no connection comes."""

    async def refused(_: Any, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async def main() -> None:
        async with llm:
            monkeypatch.setattr(AsyncClosableTransport, "handle_async_request", refused)
            assert (await read(llm, how)).is_error
            assert server.requests == ()

    with ScriptedServer(dialect("anthropic").answering(ANSWER)) as server:
        llm = asked("anthropic", server.url)
        asyncio.run(main())


@invoked_and_streamed
def test_unloading_ends_a_call_that_waits_in_a_thread(how: str) -> None:
    """A thread cannot be cancelled; its socket is closed."""
    asking = threading.Event()

    def silent(_: Any) -> Any:
        asking.set()
        return [Stall()]

    async def main() -> None:
        await llm.load()
        waiting = asyncio.create_task(read(llm, how))
        assert await asyncio.to_thread(asking.wait, DEADLINE)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await llm.unload()
        assert await left(server)

    with ScriptedServer(silent) as server:
        llm = asked("openai", server.url, timeout=2 * DEADLINE)
        asyncio.run(main())


@invoked_and_streamed
def test_a_call_that_is_cancelled_while_litellm_prepares_it_leaves_no_coroutine(
    how: str, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """litellm makes it in a thread and drops it: it was never awaited, says Python."""
    preparing, cancelled = threading.Event(), threading.Event()

    async def main() -> None:
        from litellm.llms.anthropic.chat.handler import AnthropicChatCompletion

        prepare = AnthropicChatCompletion.completion

        def late(*args: Any, **kwargs: Any) -> Any:
            preparing.set()
            assert cancelled.wait(DEADLINE)
            return prepare(*args, **kwargs)

        async with llm:
            monkeypatch.setattr(AnthropicChatCompletion, "completion", late)
            call = asyncio.create_task(read(llm, how))
            assert await asyncio.to_thread(preparing.wait, DEADLINE)
            call.cancel()
            await asyncio.wait([call])
            cancelled.set()
            assert call.cancelled()

    with ScriptedServer(dialect("anthropic").answering(ANSWER)) as server:
        llm = asked("anthropic", server.url)
        asyncio.run(main())
    gc.collect()
    assert [str(each.message) for each in recwarn if "never awaited" in str(each.message)] == []
    assert server.requests == ()


def test_litellm_is_imported_and_looked_up_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import takes seconds, in which the loop does other work; also where only the key is looked up."""
    threads: list[int] = []

    def noted() -> Any:
        threads.append(threading.get_ident())
        return imported_litellm()

    monkeypatch.setattr(calls, "imported_litellm", noted)

    for key in (KEY, "A_VARIABLE_THAT_IS_NOT_SET"):
        asyncio.run(AsyncLiteLLM("openai/tiny", key, "http://127.0.0.1:9").load())

    assert len(threads) == 3
    assert threading.get_ident() not in threads


def test_other_calls_of_litellm_get_litellms_own_clients() -> None:
    import litellm
    from litellm.llms.custom_httpx.http_handler import get_async_httpx_client, get_httpx_client

    async def main() -> None:
        async with AsyncLiteLLM("cohere_chat/m", KEY, "http://127.0.0.1:9") as llm:
            ours, in_threads = llm._client, llm._client_in_threads
            with capturing(CapturedExchange(ours, client_in_threads=in_threads)):
                assert get_async_httpx_client("x") is ours
                assert get_httpx_client() is in_threads
                assert litellm.module_level_aclient.client is ours.client
                assert litellm.module_level_client.client is in_threads.client
            assert get_async_httpx_client("x") is not ours
            assert litellm.module_level_aclient.client is not ours.client

    asyncio.run(main())


def test_a_stream_of_a_model_that_has_none_is_the_whole_answer() -> None:
    """litellm asks gpt-5-pro for whole responses."""
    wire = dialect("responses")

    async def main() -> None:
        async with AsyncLiteLLM("openai/gpt-5-pro", KEY, f"{server.url}/v1", max_retries=0) as llm:
            response = await read(llm, "stream")
        assert (response.content, response.error) == (ANSWER.text, None)

    with ScriptedServer(always(reply(wire.completion(ANSWER)))) as server:
        asyncio.run(main())


@pytest.mark.parametrize("how", ["invoke", "stream", "left"])
def test_what_a_test_puts_in_place_of_acompletion_is_the_answer(how: str) -> None:
    closed = []

    async def chunks() -> Any:
        try:
            for text in ("Four", " words"):
                yield {"choices": [{"index": 0, "delta": {"content": text}}]}
        finally:
            closed.append(True)

    whole = {"choices": [{"message": {"content": "Four words"}, "finish_reason": "stop"}]}
    answer = whole if how == "invoke" else chunks()

    async def main() -> None:
        async with AsyncLiteLLM("openai/m", KEY, "http://localhost:4000", max_retries=0) as llm:
            with patch("litellm.acompletion", AsyncMock(return_value=answer)):
                if how == "left":
                    async with llm.stream(QUESTION) as deltas:
                        assert await anext(deltas) == "Four"
                else:
                    response = await read(llm, how)
                    assert (response.content, response.error) == ("Four words", None)
            assert closed == [True] * (how != "invoke")

    asyncio.run(main())
