"""litellm's record of an awaited call: its callbacks, and the tasks that it starts for them.

No scenarios: a callback is litellm's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.servers.scripted import Handler, ScriptedServer, Stall, always, reply
from conformance.servers.scripted.dialects import dialect
from tests.provider.async_backends import DEADLINE, left, nothing_left, read
from tests.provider.async_litellm import asked, every_route
from tests.provider.routes import ANSWER, QUESTION, invoked_and_streamed

REFUSED = always(reply({"error": {"type": "invalid_request_error", "message": "no"}}, 400))


@pytest.fixture(autouse=True, params=["litellm@async"], ids=str)
def label() -> None:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""


@pytest.fixture
def nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """No callback of litellm's that another test has registered is left."""
    import litellm

    for name in ("callbacks", "success_callback", "failure_callback"):
        monkeypatch.setattr(litellm, name, [])
        monkeypatch.setattr(litellm, f"_async_{name}", [], raising=False)


@invoked_and_streamed
@every_route
@pytest.mark.parametrize("handler", [None, REFUSED], ids=["answered", "refused"])
@pytest.mark.usefixtures("nobody_hears")
def test_a_call_leaves_no_task(wire: str, how: str, handler: Handler | None) -> None:
    """litellm starts one for the record of each call, and a worker that never ends."""

    async def main() -> None:
        async with llm, nothing_left():
            response = await read(llm, how)
            expected = "" if handler else ANSWER.text
            assert (response.content, bool(response.error)) == (expected, bool(handler))

    with ScriptedServer(handler or dialect(wire).answering(ANSWER)) as server:
        llm = asked(wire, server.url)
        asyncio.run(main())


@every_route
@pytest.mark.usefixtures("nobody_hears")
def test_a_stream_that_is_left_frees_its_connection_and_leaves_no_task(wire: str) -> None:
    events = dialect(wire).events(ANSWER)
    begun = dialect(wire).streamed([*events[: len(events) // 2 + 1], Stall()])

    async def main() -> None:
        async with llm, nothing_left():
            async with llm.stream(QUESTION) as deltas:
                assert await anext(deltas)
            if wire != "openai":  # that thread waits in the socket
                assert await left(server)
        assert await left(server)

    with ScriptedServer(always(begun)) as server:
        llm = asked(wire, server.url, timeout=2 * DEADLINE)
        asyncio.run(main())


@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "cut"])
@pytest.mark.usefixtures("nobody_hears")
def test_no_task_is_started_for_the_record_of_a_stream(is_cut: bool) -> None:
    started: list[str] = []
    events = dialect("anthropic").events(ANSWER)
    sent = dialect("anthropic").streamed(events[: len(events) // 2] if is_cut else events)

    def noting(loop: Any, coroutine: Any, **options: Any) -> Any:
        started.append(coroutine.__qualname__)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main() -> None:
        async with llm:
            asyncio.get_running_loop().set_task_factory(noting)
            assert (await read(llm, "stream")).error_kind == ("interrupted" if is_cut else None)
            asyncio.get_running_loop().set_task_factory(None)

    with ScriptedServer(always(sent)) as server:
        llm = asked("anthropic", server.url)
        asyncio.run(main())
    assert started
    assert [each for each in started if "dispatch" in each] == []


@pytest.fixture
def told(nobody_hears: None) -> Iterator[list[Any]]:
    """What a callback of litellm's hears: the kind of each call, and the client that it would send with."""
    del nobody_hears
    import litellm
    from litellm.integrations.custom_logger import CustomLogger
    from litellm.llms.custom_httpx.http_handler import get_async_httpx_client

    heard: list[Any] = []

    class Listener(CustomLogger):  # type: ignore[misc]
        async def async_log_success_event(self, *_: Any, **__: Any) -> None:
            heard.append(("success", get_async_httpx_client("a callback")))

        async def async_log_failure_event(self, *_: Any, **__: Any) -> None:
            heard.append(("failure", get_async_httpx_client("a callback")))

    listener = Listener()
    litellm.logging_callback_manager.add_litellm_callback(listener)
    yield heard
    litellm.logging_callback_manager.remove_callback_from_list_by_object(litellm.callbacks, listener)


@invoked_and_streamed
@pytest.mark.parametrize(("handler", "kind"), [(None, "success"), (REFUSED, "failure")])
def test_a_callback_hears_of_every_call_and_sends_by_its_own_client(
    handler: Handler | None, kind: str, how: str, told: list[Any]
) -> None:
    """litellm copies the context of the call to the callback; what that sends is none of the call."""

    async def main() -> None:
        async with llm:
            ours = llm._client
            await read(llm, how)
            async with asyncio.timeout(DEADLINE):
                while not told:
                    await asyncio.sleep(0.01)
            assert [each for each, _ in told] == [kind]
            assert told[0][1] is not ours

    with ScriptedServer(handler or dialect("anthropic").answering(ANSWER)) as server:
        llm = asked("anthropic", server.url)
        asyncio.run(main())
