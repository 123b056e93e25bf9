"""Which model LMStudioLLM loads by a name, with which options, and what it does when that fails.

No scenarios: what a backend sends to the native API is its own policy. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.servers.scripted import ScriptedServer, reply
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.servers.scripted.lmstudio_server import CHAT, KEY, LOAD, UNLOAD, Level, Model, posted
from tests.provider.lmstudio import llm_at, loaded, studio
from tests.provider.routes import ANSWER, QUESTION

NAMES = {
    KEY: True,
    "Maker/Tiny": True,
    f"{KEY}@q4_k_m": True,
    f"{KEY}:2": True,
    f"{KEY}@q4_k_m:2": True,
    "tiny": True,
    "TINY@4bit": True,
    "somebody/tiny": False,
    "maker/tiny-it": False,
    "tin": False,
    "maker/": False,
    "": False,
}
"""Names, and whether each means the model."""


@pytest.mark.parametrize("level", ["v1", "v0"])
@pytest.mark.parametrize(("name", "meant"), NAMES.items(), ids=[name or "no-name" for name in NAMES])
def test_a_name_matches_up_to_vendor_case_quantisation_and_instance(
    name: str, meant: bool, level: Level
) -> None:
    """Another vendor's model is another model."""
    with ScriptedServer(LMStudio(level).server(models=[Model("maker/other"), Model()])) as server:
        llm = llm_at(server.url, name)
        assert llm.load() is meant
        llm.invoke(QUESTION)
        llm.unload()

    assert [each["model"] for each in posted(server.requests, CHAT)] == ([KEY] if meant else [])


def test_the_vendor_may_be_missing_in_the_name_on_the_server() -> None:
    with loaded(studio(Model("tiny"))) as (llm, _):
        assert llm.invoke(QUESTION).content == ANSWER.text


def test_a_model_is_loaded_once_and_unloaded_by_its_id() -> None:
    """#168, #634, #1582, 0xBakeer/inference-atlas#87: each load that is sent makes one more instance."""
    with loaded(studio()) as (llm, server):
        assert llm.load()
        assert llm.context_size == 4096
        llm.unload()
        llm.unload()

    assert posted(server.requests, LOAD) == [{"model": KEY, "echo_load_config": True}]
    assert posted(server.requests, UNLOAD) == [{"instance_id": KEY}]


@pytest.mark.parametrize("echoed", [lambda asked: asked, lambda _: None], ids=["requested", "nothing"])
@pytest.mark.parametrize("effective", [4096, 131072])
def test_the_context_size_is_that_of_the_instance(
    effective: int, echoed: Callable[[int], int | None], caplog: pytest.LogCaptureFixture
) -> None:
    """It may be smaller or larger than requested; the next load requests the same size again.

    #2318, #2304, #2174.
    """
    with ScriptedServer(studio(effective=lambda _: effective, echoed=echoed)) as server:
        llm = llm_at(server.url, context_size=32768)
        for _ in range(2):
            assert llm.load()
            assert llm.context_size == effective
            llm.unload()
            assert llm.context_size == 32768

    body = {"model": KEY, "echo_load_config": True, "context_length": 32768}
    assert posted(server.requests, LOAD) == [body, body]
    assert ("has 4096 tokens, 32768 were requested" in caplog.text) is (effective == 4096)


def test_a_context_size_set_while_loaded_is_for_the_next_load() -> None:
    with loaded(studio()) as (llm, server):
        llm.context_size = 8192
        llm.unload()
        assert llm.load()

    assert [each.get("context_length") for each in posted(server.requests, LOAD)] == [None, 8192]


@pytest.mark.parametrize(("status", "said"), [(500, "Failed to unload"), (200, "Unexpected endpoint")])
def test_a_failure_to_unload_is_logged(status: int, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """The backend is unloaded all the same; a 200 alone does not say that the model was (#1680)."""
    with loaded(studio(unload=reply({"error": said}, status))) as (llm, server):
        llm.unload()

        assert not llm.loaded
        assert said in caplog.text
        assert server.wait_until_closed()


def test_a_load_without_the_status_loaded_has_failed() -> None:
    with ScriptedServer(studio(load=reply({"type": "llm", "instance_id": KEY}))) as server:
        assert llm_at(server.url).load() is False


def test_with_the_older_api_the_first_question_loads_the_model() -> None:
    """The older API has no load, and nothing is unloaded in the end.

    QwenLM/qwen-code#3802: a client that looked for a loaded model first never asked.
    """
    lm_studio = LMStudio("v0").server(ANSWER)
    with loaded(lm_studio) as (llm, server):
        assert (llm.context_size, lm_studio.instances) == (None, {})
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert {request.path for request in server.requests if request.method == "POST"} == {CHAT}
    assert lm_studio.instances == {KEY: 4096}


def test_with_the_older_api_a_model_that_no_question_loads_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ScriptedServer(LMStudio("v0").server(jit=False)) as server:
        assert llm_at(server.url).load() is False

    assert f"no model {KEY!r}; it has none" in caplog.text
