"""Unloading while other threads use the backend.

No recording tests: in replay there is no connection that could stay open.
"""

from __future__ import annotations

import threading
from typing import Any

from provider_routes import ANSWER, Route, ask, every_route, invoked_and_streamed

from conformance.wire import Script, Stall

DEADLINE = 30.0
"""Seconds after which a thread that should have ended has not."""


@every_route
@invoked_and_streamed
def test_unloading_ends_a_call_that_waits_for_its_answer(route: Route, how: str) -> None:
    """Its socket is closed at once, and not when ``timeout`` has passed."""
    asked = threading.Event()
    ended: list[Any] = []

    def silent(_: Any) -> Script:
        asked.set()
        return [Stall()]

    with route.speaking(silent, timeout=2 * DEADLINE) as (llm, server):
        waiting = threading.Thread(target=lambda: ended.append(ask(llm, how)), daemon=True)
        waiting.start()
        assert asked.wait(DEADLINE)

        llm.unload()

        waiting.join(DEADLINE)
        assert not waiting.is_alive()
        assert server.wait_until_closed(DEADLINE)
    assert [response.error_kind for response in ended] == ["interrupted"]


@every_route
@invoked_and_streamed
def test_a_call_that_begins_while_the_backend_is_unloaded_is_not_loaded(route: Route, how: str) -> None:
    """Without a client of its own litellm would make one, and nobody could unload that."""
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        llm.unload()
        llm.loaded = True  # as another thread read it, a moment ago

        response = ask(llm, how)

        assert route.asked(server) == []
        llm.loaded = False
    assert response.error_code == "not_loaded"
