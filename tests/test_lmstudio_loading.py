"""What an LM Studio server loads and unloads for a backend: as little as it needs, and nothing of others.

No recording tests: no LM Studio can be installed here; a script of the loopback server stands for it.
Numbers such as #619 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from lmstudio_server import GEMMA, LMStudio, Model, asked, error, llm_at, loaded, unexpected
from provider_routes import ANSWER, QUESTION

from conformance.wire import DEADLINE, Handler, Request, Script, WireServer, reply
from provider.lmstudio_instances import Instances, Served, instances_of

LOAD, UNLOAD, CHAT = "/models/load", "/models/unload", "/chat/completions"


def test_an_unloaded_model_is_loaded_once_and_unloaded_once() -> None:
    """Each load that is sent makes one more instance: #168, #1582."""
    studio = LMStudio()
    with loaded(studio) as (llm, server):
        assert llm.load()
        assert (studio.instances, llm.context_size) == ({GEMMA: 4096}, 4096)
        llm.unload()
        llm.unload()

    assert asked(server, LOAD) == [{"model": GEMMA, "echo_load_config": True}]
    assert asked(server, UNLOAD) == [{"instance_id": GEMMA}]
    assert studio.instances == {}
    assert server.wait_until_closed()


@pytest.mark.parametrize(
    ("wanted", "id_"), [(0, f"{GEMMA}:2"), (5000, f"{GEMMA}:2"), (16384, f"{GEMMA}:2"), (20000, f"{GEMMA}:4")]
)
def test_the_largest_instance_is_used_where_it_is_large_enough(wanted: int, id_: str) -> None:
    """By the key, LM Studio would ask whichever it likes, be it the smallest: openclaw/openclaw#141357."""
    before = {GEMMA: 4096, f"{GEMMA}:2": 16384, f"{GEMMA}:3": 8192}
    studio = LMStudio([Model(instances=dict(before))])
    with WireServer(studio) as server:
        llm = llm_at(server.url)
        llm.context_size = wanted
        assert llm.load()
        size = llm.context_size
        llm.invoke(QUESTION)
        llm.unload()

    assert [each["model"] for each in asked(server, CHAT)] == [id_]
    assert size == max(16384, wanted)
    assert studio.instances == before


@pytest.mark.parametrize("echoed", [lambda asked: asked, lambda _: None], ids=["asked", "nothing"])
@pytest.mark.parametrize("effective", [4096, 131072])
def test_the_size_that_the_server_gave_counts(
    effective: int, echoed: Callable[[int], int | None], caplog: pytest.LogCaptureFixture
) -> None:
    """It may be another than was asked for: #2318, #2304, #2174. The next load asks for the same again."""
    studio = LMStudio(effective=lambda _: effective, echoed=echoed)
    with WireServer(studio) as server:
        llm = llm_at(server.url)
        llm.context_size = 32768
        for _ in range(2):
            assert llm.load()
            assert llm.context_size == effective
            llm.unload()
            assert llm.context_size == 32768

    body = {"model": GEMMA, "echo_load_config": True, "context_length": 32768}
    assert asked(server, LOAD) == [body, body]
    assert ("has 4096 tokens, 32768 were asked for" in caplog.text) is (effective == 4096)


def test_a_size_set_while_it_is_loaded_is_for_the_next_load() -> None:
    with loaded(LMStudio()) as (llm, server):
        llm.context_size = 8192
        llm.unload()
        assert llm.load()

    assert [each.get("context_length") for each in asked(server, LOAD)] == [None, 8192]


def test_many_threads_make_one_instance() -> None:
    """Two loads at once made two instances: #1751. One is enough also where it is smaller than was asked."""
    studio = LMStudio(effective=lambda _: 4096)
    names = (GEMMA, "gemma-3-4b", f"{GEMMA}@q4_k_m") * 4
    with WireServer(listed_together(studio, len(names))) as server:
        llms = [llm_at(server.url, name) for name in names]
        for llm in llms:
            llm.context_size = 32768
        at_once([llm.load for llm in llms])
        assert [llm.loaded for llm in llms] == [True] * len(llms)
        assert studio.instances == {GEMMA: 4096}
        at_once([llm.unload for llm in llms])

    assert (len(asked(server, LOAD)), len(asked(server, UNLOAD))) == (1, 1)
    assert studio.instances == {}


def test_the_last_of_several_unloads() -> None:
    """Whoever of them has loaded it: the end of one does not take the model from another."""
    studio = LMStudio(jit=False)
    with loaded(studio) as (one, server):
        other = llm_at(server.url)
        assert other.load()
        one.unload()
        assert other.invoke(QUESTION).content == ANSWER.text
        other.unload()

    assert studio.instances == {}


def test_one_that_was_dropped_uses_nothing() -> None:
    """It was never unloaded, and keeps nobody from unloading."""
    instances, mine, dropped = Instances(), Served(GEMMA), Served(GEMMA)
    instances.add(GEMMA, 0)
    instances.enter(mine)
    instances.enter(dropped)
    del dropped
    with instances.leaving(mine) as last:
        assert last


def test_nobody_chooses_an_instance_while_one_is_loaded_or_unloaded() -> None:
    studio, locked = LMStudio(), []

    def handler(request: Request) -> Script:
        if request.method == "POST":
            locked.append(instances_of(f"http://{request.headers['host']}").lock(GEMMA).locked())
        return studio(request)

    with WireServer(handler) as server, llm_at(server.url):
        pass

    assert locked == [True, True]


@pytest.mark.parametrize("first", [0, 1])
def test_an_instance_that_another_has_loaded_again_is_left_alone(first: int) -> None:
    """It was ejected in the app and loaded again: its id is the same, its owner is not."""
    studio = LMStudio()
    with WireServer(studio) as server:
        one, other = llm_at(server.url), llm_at(server.url)
        assert one.load()
        studio.models[0].instances.clear()
        assert other.load()
        for llm in (one, other)[first:]:
            assert studio.instances == {GEMMA: 4096}
            llm.unload()
        assert studio.instances == {}
        one.unload()


def test_an_instance_that_was_loaded_in_the_app_is_left_alone() -> None:
    """Its id is that of one which is no more."""
    studio = LMStudio()
    with loaded(studio) as (llm, _):
        llm.unload()
        studio.models[0].instances[GEMMA] = 8192
        assert llm.load()
        llm.unload()

    assert studio.instances == {GEMMA: 8192}


def test_an_instance_that_is_gone_is_unloaded(caplog: pytest.LogCaptureFixture) -> None:
    studio = LMStudio()
    with loaded(studio) as (llm, server):
        studio.models[0].instances.clear()
        llm.unload()

    assert len(asked(server, UNLOAD)) == 1
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(("status", "text"), [(500, "Failed to unload"), (200, "Unexpected endpoint")])
def test_a_failure_to_unload_is_logged(status: int, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """A 200 alone does not say that it is unloaded: #1680."""
    with loaded(LMStudio(unload=reply({"error": text}, status))) as (llm, server):
        llm.unload()

        assert not llm.loaded
        assert text in caplog.text
        assert server.wait_until_closed()


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "text",
    [
        "Model loading was stopped due to insufficient system resources.",
        "Failed to load model. Error: the process was ended by SIGABRT",
    ],
)
def test_a_model_that_cannot_be_loaded_is_not(
    status: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """#1631, #1202, #2295."""
    with WireServer(LMStudio(load=reply(error(text, "model_load_failed"), status))) as server:
        llm = llm_at(server.url)

        assert llm.load() is False
        assert server.wait_until_closed()

    assert llm.invoke(QUESTION).error_code == "not_loaded"
    assert text in caplog.text


def test_a_load_that_says_no_status_has_failed() -> None:
    with WireServer(LMStudio(load=reply({"type": "llm", "instance_id": GEMMA}))) as server:
        assert llm_at(server.url).load() is False


def listed_together(studio: LMStudio, number: int) -> Handler:
    """Holds the first list of each connection until so many have asked for one: all see nothing loaded.

    There is no ``/api/v0``, which would show what was loaded since.
    """
    together, begun = threading.Barrier(number), set[int]()

    def handler(request: Request) -> Script:
        if request.connection not in begun:
            begun.add(request.connection)
            with contextlib.suppress(threading.BrokenBarrierError):  # they need not come all at once
                together.wait(1.0)
        return unexpected(request) if request.path == "/api/v0/models" else studio(request)

    return handler


def at_once(calls: list[Callable[[], object]]) -> None:
    """Make every call on a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        for call in [pool.submit(call) for call in calls]:
            call.result(DEADLINE)
