"""LiteLLM with an address asks the server at that address, and no other.

No scenarios: a target has one server, and the network guard lets all of loopback pass.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.recording.network_guard import guarded, loopback
from conformance.servers.scripted import ScriptedServer, always, reply
from conformance.servers.scripted.dialects import dialect
from provider import LiteLLM
from tests.provider.routes import ANSWER, KEY, LITELLM, OPENAI, QUESTION, ask, invoked_and_streamed

ELSEWHERE = {
    "lemonade": "LEMONADE_API_BASE",
    "ollama": "OLLAMA_API_BASE",
    "ollama_chat": "OLLAMA_API_BASE",
    "huggingface": "",
    "gigachat": "GIGACHAT_AUTH_URL",
    "watsonx_text": "WATSONX_IAM_URL",
    "bytez": "",
    "replicate": "",
}
"""Routes on which litellm asks another server for the model, a price or a token, and what names it."""


@pytest.fixture(autouse=True, params=[LITELLM.label], ids=str)
def route() -> None:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """Waits for what litellm does in other threads after an answer, for a callback that hears of it."""
    import litellm.utils
    from litellm.integrations.custom_logger import CustomLogger

    litellm.logging_callback_manager.add_litellm_callback(CustomLogger())

    submit, futures = litellm.utils.executor.submit, []

    def noted(*args: Any, **kwargs: Any) -> Any:
        futures.append(submit(*args, **kwargs))
        return futures[-1]

    monkeypatch.setattr(litellm.utils.executor, "submit", noted)
    yield lambda: concurrent.futures.wait(futures, timeout=60)
    litellm.logging_callback_manager._reset_all_callbacks()


@pytest.mark.parametrize("name", ELSEWHERE)
@invoked_and_streamed
def test_nothing_is_asked_of_another_server(
    name: str, how: str, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], object]
) -> None:
    """litellm asks Hugging Face for the context of a model, and Lemonade and Ollama at their usual ports."""
    nothing = reply({"error": "There is nothing here."}, 404)
    with (
        ScriptedServer(OPENAI.dialect.with_other_paths(OPENAI.dialect.answering(ANSWER))) as server,
        ScriptedServer(always(nothing)) as other,
        guarded(loopback) as refusals,
    ):
        if ELSEWHERE[name]:
            monkeypatch.setenv(ELSEWHERE[name], other.url)
        with LiteLLM(f"{name}/tiny", KEY, f"{server.url}/v1", max_retries=0) as llm:
            ask(llm, how, QUESTION)
            logged()
        assert other.requests == ()
        assert [request.path for request in server.requests if "models" in request.path] == []
    assert refusals == []


def test_an_image_is_downloaded_from_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google does not read addresses: litellm downloads the image, whose host it resolves itself."""
    import litellm

    gemini = dialect("gemini")
    image = reply(b"\x89PNG\r\n\x1a\n picture", 200, {"content-type": "image/png"})
    with (
        ScriptedServer(gemini.answering(ANSWER)) as server,
        ScriptedServer(always(image)) as other,
        LiteLLM("gemini/gemini-3-flash-preview", KEY, f"{server.url}/v1beta", max_retries=0) as llm,
    ):
        address = other.url.replace("127.0.0.1", "localhost")
        monkeypatch.setattr(litellm, "user_url_allowed_hosts", [address.removeprefix("http://")])
        part = {"type": "image_url", "image_url": {"url": f"{address}/picture.png"}}
        response = llm.invoke([{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}])

    assert (response.content, response.error) == (ANSWER.text, None)
    assert [request.path for request in other.requests] == ["/picture.png"]
    assert not [value for value in other.requests[0].headers.values() if KEY in value]


def test_a_login_at_another_server_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    assert LiteLLM("gigachat/GigaChat-2", KEY, "http://127.0.0.1:9/v1", max_retries=0).load() is False
    assert "needs the option gigachat_auth_url together with base_url" in caplog.text
