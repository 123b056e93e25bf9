"""What the synchronous and the asynchronous face of a backend share: the request, and the logic of a call.

Unit tests: recordings of one are replayed by the other, but a replay does not compare each header.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from provider import AsyncOpenAILLM, OpenAILLM
from provider.chat.faces import each_stepped, stepped
from tests.provider.async_backends import (
    DIALECT,
    read,
    served,
)
from tests.provider.routes import ANSWER, KEY, QUESTION, TIMEOUT, invoked_and_streamed

answering = DIALECT.answering(ANSWER)


@invoked_and_streamed
def test_both_faces_send_the_same_request(how: str) -> None:
    """But for the headers in which the SDK tells which of its clients it is."""

    def sent(requests: Any) -> list[Any]:
        own = {"user-agent", "x-stainless-async", "host"}
        return [
            (each.method, each.path, each.body, {**each.headers} | dict.fromkeys(own)) for each in requests
        ]

    async def main() -> None:
        async with llm:
            await read(llm, how)

    with served(AsyncOpenAILLM, answering) as (llm, server):
        asyncio.run(main())
        with OpenAILLM("tiny", KEY, server.url, timeout=TIMEOUT) as synchronous:
            if how == "invoke":
                synchronous.invoke(QUESTION)
            else:
                list(synchronous.stream(QUESTION))
        one, other = sent(server.requests)
    assert one == other


def test_a_synchronous_backend_that_awaits_a_loop_is_a_mistake() -> None:
    """A unit test: no backend of ours does."""

    async def items() -> Any:
        yield 1
        await suspending()

    class Pending:
        def __await__(self) -> Any:
            yield

    async def suspending() -> None:
        await Pending()

    with pytest.raises(RuntimeError, match="it must wait by its face"):
        stepped(suspending())
    found = each_stepped(items())
    assert next(found) == 1
    with pytest.raises(RuntimeError, match="it must wait by its face"):
        next(found)
