"""LMStudioLLM in front of servers of all kinds, and its register of instances.

No scenarios: vLLM, llama.cpp and an LM Studio without native APIs are not targets, and no answer shows the
register. Numbers such as #618 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import Handler, Request, Script, ScriptedServer, always, reply
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.servers.scripted.lmstudio_server import KEY, LOAD, OTHER_PATHS, Level, Model, posted
from provider.lmstudio.instances import Instances, ServedModel, instances_of
from tests.provider.lmstudio import llm_at
from tests.provider.routes import ANSWER, QUESTION


@pytest.mark.parametrize("elsewhere", OTHER_PATHS, ids=lambda each: each.__name__)
@pytest.mark.parametrize(
    ("level", "size"), [("v1", 12918), ("v0", 12918), ("plain", None), ("llama.cpp", 8192), ("vllm", 16384)]
)
def test_the_api_of_a_server_is_recognised_by_its_answers(
    level: Level, size: int | None, elsewhere: Handler
) -> None:
    """Whatever it answers to an unknown path: a 200 as often as a 404 (#618, #1680, #2085)."""
    models = [Model("maker/other", served=2048), Model(instances={KEY: 12918})]
    studio = LMStudio(level).server(ANSWER, models=models, other_paths=elsewhere)

    with ScriptedServer(studio) as server, llm_at(server.url) as llm:
        assert llm.context_size == size
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert posted(server.requests, LOAD) == []


@pytest.mark.parametrize(
    "listed",
    [
        [],
        None,
        {"models": {}},
        {"models": [None, 1, "x", {}]},
        {"models": [{"key": None, "loaded_instances": {"a": 1}}]},
        {"models": [{"key": KEY, "variants": 7, "capabilities": [], "loaded_instances": [{"config": None}]}]},
        {"data": [{"id": None, "state": "loaded", "capabilities": 7}]},
        {"data": [{"id": KEY, "state": "loaded", "type": [], "capabilities": 7}]},
    ],
)
def test_load_never_raises(listed: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the list of models looks like, the model is ready or the log says why not."""
    with ScriptedServer(always(reply(listed))) as server:
        llm = llm_at(server.url)
        assert llm.load() or "cannot be loaded" in caplog.text
        llm.unload()


def test_a_backend_that_was_dropped_is_no_user_of_an_instance() -> None:
    """Though it was never unloaded, it does not keep the last other user from unloading."""
    instances, mine, dropped = Instances(), ServedModel(KEY), ServedModel(KEY)
    instances.add(KEY, 0)
    instances.enter(mine)
    instances.enter(dropped)
    del dropped
    assert instances.leave(mine)


def test_loading_and_unloading_hold_the_lock_of_the_model() -> None:
    studio, locked = LMStudio("v1").server(), []

    def handler(request: Request) -> Script:
        if request.method == "POST":
            locked.append(instances_of(f"http://{request.headers['host']}").lock(KEY).locked())
        return studio(request)

    with ScriptedServer(handler) as server, llm_at(server.url):
        pass

    assert locked == [True, True]
