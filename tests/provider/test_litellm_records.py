"""litellm's record of a call: made for callbacks, and spared where there are none.

No scenario: a callback is litellm's own, and what its record costs is no behaviour of a backend.
"""

from __future__ import annotations

import traceback
from threading import Event
from typing import Any

import pytest

from conformance.servers.scripted import always, reply
from conformance.servers.scripted.script import Script
from tests.provider.routes import ANSWER, LITELLM_ANTHROPIC, QUESTION, ask, invoked_and_streamed

pytestmark = pytest.mark.parametrize("label", ["litellm@anthropic"])  # keeps litellm on one worker of xdist

REFUSED = always(reply({"error": {"type": "invalid_request_error", "message": "no"}}, status=400))


CALLBACKS = (
    "callbacks",
    "success_callback",
    "failure_callback",
    "_async_success_callback",
    "_async_failure_callback",
)


@pytest.fixture(autouse=True)
def nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """No callback of another test is registered, and none stays registered."""
    import litellm

    for name in CALLBACKS:
        monkeypatch.setattr(litellm, name, [])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind of each record that litellm begins to make."""
    from litellm import CustomStreamWrapper
    from litellm.litellm_core_utils.litellm_logging import Logging

    begun: list[str] = []
    for owner, method in (
        (Logging, "_failure_handler_helper_fn"),
        (Logging, "prepare_success_logging"),
        (Logging, "response_cost_calculator"),
        (CustomStreamWrapper, "run_success_logging_and_cache_storage"),
    ):
        original = getattr(owner, method)

        def noted(*args: Any, original: Any = original, method: str = method, **kwargs: Any) -> Any:
            begun.append(method)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, noted)
    return begun


@pytest.fixture
def heard() -> Event:
    """Set when a callback of litellm's hears of a call, succeeded or failed, and sends by its own client."""
    import litellm
    from litellm.integrations.custom_logger import CustomLogger
    from litellm.llms.custom_httpx.http_handler import get_httpx_client

    from provider.litellm.clients import RouteClient

    told = Event()

    class Listener(CustomLogger):  # type: ignore[misc]
        def log_success_event(self, **_: Any) -> None:
            if not isinstance(get_httpx_client(), RouteClient):  # what a callback sends is none of the call
                told.set()

        def log_failure_event(self, **_: Any) -> None:
            self.log_success_event()

    litellm.logging_callback_manager.add_litellm_callback(Listener())
    return told


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tracebacks that litellm has written down."""
    texts: list[str] = []
    write = traceback.format_exc

    def noted() -> str:
        texts.append(write())
        return texts[-1]

    monkeypatch.setattr(traceback, "format_exc", noted)
    return texts


def good(request: Any) -> Script:
    return LITELLM_ANTHROPIC.dialect.script(request, ANSWER)


def ask_to_the_end(handler: Any, how: str) -> None:
    from litellm.utils import executor

    with LITELLM_ANTHROPIC.speaking(handler) as (llm, _):
        ask(llm, how)
    # The record of a success is made in one of these threads, if at all; as many tasks follow it.
    for done in [executor.submit(int) for _ in range(executor._max_workers)]:
        done.result()


@invoked_and_streamed
@pytest.mark.parametrize("handler", [good, REFUSED], ids=["answered", "refused"])
def test_no_record_is_made_where_nobody_hears_of_it(
    handler: Any, how: str, made: list[str], label: str
) -> None:
    del label
    ask_to_the_end(handler, how)

    assert made == []


@invoked_and_streamed
@pytest.mark.parametrize("handler", [good, REFUSED], ids=["answered", "refused"])
def test_a_cache_that_nobody_uses_hears_of_nothing(
    handler: Any, how: str, made: list[str], label: str
) -> None:
    """litellm makes one as soon as it imports its code for Gemini, and lists it as a callback."""
    del label
    import litellm

    litellm.Cache()
    assert litellm.success_callback == ["cache"]

    ask_to_the_end(handler, how)

    assert made == []


@invoked_and_streamed
def test_an_answer_is_stored_in_the_cache_of_the_application(
    how: str, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    del label
    import litellm

    monkeypatch.setattr(litellm, "cache", litellm.Cache())

    ask_to_the_end(good, how)

    assert len(litellm.cache.cache.cache_dict) == 1


@invoked_and_streamed
@pytest.mark.parametrize("handler", [good, REFUSED], ids=["answered", "refused"])
def test_a_callback_hears_of_every_call(handler: Any, how: str, heard: Event, label: str) -> None:
    del label
    with LITELLM_ANTHROPIC.speaking(handler) as (llm, _):
        ask(llm, how)

        assert heard.wait(30), "litellm's callback heard of no call"


@invoked_and_streamed
def test_no_traceback_is_written_where_nobody_hears_of_it(how: str, written: list[str], label: str) -> None:
    del label
    ask_to_the_end(REFUSED, how)

    assert written == []


@invoked_and_streamed
def test_a_callback_hears_of_the_traceback(how: str, heard: Event, written: list[str], label: str) -> None:
    del label, heard
    ask_to_the_end(REFUSED, how)

    assert any("BadRequestError" in each for each in written)


@invoked_and_streamed
def test_a_callback_of_one_call_hears_of_it(how: str, label: str) -> None:
    del label
    told = Event()
    with LITELLM_ANTHROPIC.speaking(REFUSED) as (llm, _):
        ask(llm, how, failure_callback=[lambda *_: told.set()])

        assert told.wait(30), "the callback of the call heard nothing"


def test_the_record_of_a_call_of_the_application_is_made(made: list[str], label: str) -> None:
    del label
    import litellm

    with LITELLM_ANTHROPIC.speaking(REFUSED) as (_, server), pytest.raises(litellm.BadRequestError):
        litellm.completion("anthropic/tiny", QUESTION, api_base=server.url, api_key="k", num_retries=0)

    assert made == ["_failure_handler_helper_fn"]
