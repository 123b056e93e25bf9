"""LMStudioLLM in front of what is taken for an LM Studio, and its book of instances.

No scenarios: vLLM, llama.cpp and an LM Studio without native APIs are no targets, and the book is no
backend's answer.
"""

from __future__ import annotations

from typing import Any

import pytest
from provider_routes import ANSWER, PATIENCE, QUESTION

from conformance.wire import Handler, Request, Script, WireServer, always, reply
from conformance.wire.dialects.lmstudio import LMStudio
from conformance.wire.studio import ELSEWHERE, KEY, LOAD, Level, Model, posted
from provider import LMStudioLLM
from provider.lmstudio_instances import Instances, Served, instances_of


def llm_at(url: str) -> LMStudioLLM:
    """The backend, not loaded."""
    return LMStudioLLM(KEY, url, timeout=PATIENCE, max_retries=0)


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("level", "size"), [("plain", 0), ("llama.cpp", 8192), ("vllm", 16384)])
def test_a_server_without_native_apis_is_told_by_shape(level: Level, size: int, elsewhere: Handler) -> None:
    models = [Model("maker/other", served=2048), Model(instances={KEY: 12918})]
    studio = LMStudio(level).studio(ANSWER, models=models, elsewhere=elsewhere)

    with WireServer(studio) as server, llm_at(server.url) as llm:
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
    """Whatever the server says of its models, it is ready or the log says why not."""
    with WireServer(always(reply(listed))) as server:
        llm = llm_at(server.url)
        assert llm.load() or "cannot be loaded" in caplog.text
        llm.unload()


def test_one_that_was_dropped_uses_nothing() -> None:
    """It was never unloaded, and keeps nobody from unloading."""
    instances, mine, dropped = Instances(), Served(KEY), Served(KEY)
    instances.add(KEY, 0)
    instances.enter(mine)
    instances.enter(dropped)
    del dropped
    with instances.leaving(mine) as last:
        assert last


def test_nobody_chooses_an_instance_while_one_is_loaded_or_unloaded() -> None:
    studio, locked = LMStudio("v1").studio(), []

    def handler(request: Request) -> Script:
        if request.method == "POST":
            locked.append(instances_of(f"http://{request.headers['host']}").lock(KEY).locked())
        return studio(request)

    with WireServer(handler) as server, llm_at(server.url):
        pass

    assert locked == [True, True]
