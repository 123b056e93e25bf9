"""Which instance of a model LMStudioLLM asks, and which ones it unloads.

No scenarios: how a backend chooses and counts instances is its own policy. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.servers.scripted import DEADLINE, Request, Script, ScriptedServer
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.servers.scripted.lmstudio_server import (
    CHAT,
    KEY,
    LOAD,
    OLDER,
    UNLOAD,
    LMStudioServer,
    Model,
    posted,
    unexpected,
)
from tests.provider.lmstudio import llm_at, loaded, studio
from tests.provider.routes import ANSWER, QUESTION

MINE = "my-own"
"""An identifier that somebody gave to an instance."""


@pytest.mark.parametrize(
    ("models", "name", "sent"),
    [
        ([Model("tiny@q4_k_m"), Model("tiny@q8_0")], "Tiny@Q8_0", "tiny@q8_0"),
        ([Model("tiny@q4_k_m"), Model("tiny@q8_0")], "maker/tiny@q8_0", "tiny@q8_0"),
        ([Model(variants=(MINE, f"{KEY}@q4_k_m", f"{KEY}@q8_0"))], "tiny@Q8_0", f"{KEY}@q8_0"),
        ([Model(variants=(MINE, f"{KEY}@q4_k_m", f"{KEY}@q8_0"))], KEY, KEY),
        ([Model(variants=(MINE, f"{KEY}@q4_k_m", f"{KEY}@q8_0"))], "tiny@f16", KEY),
        ([Model("somebody/tiny"), Model("tiny")], "tiny", "tiny"),
    ],
    ids=["two-models", "vendor", "variant", "default-variant", "unknown-variant", "exact-name"],
)
def test_the_named_quantisation_is_loaded(models: list[Model], name: str, sent: str) -> None:
    """An exact name comes first; a model without the named variant is loaded as the app has chosen it."""
    with loaded(studio(*models), name) as (_, server):
        assert [each["model"] for each in posted(server.requests, LOAD)] == [sent]


@pytest.mark.parametrize("name", [MINE, f"{KEY}:2"])
def test_an_instance_can_be_named_by_its_id(name: str) -> None:
    """It is asked, although another instance is larger."""
    lm_studio = studio(Model(instances={KEY: 16384, f"{KEY}:2": 8192, MINE: 4096}))

    with loaded(lm_studio, name) as (llm, server):
        assert llm.context_size == lm_studio.instances[name]
        assert llm.invoke(QUESTION).content == ANSWER.text
        assert [each["model"] for each in posted(server.requests, CHAT)] == [name]


def test_an_instance_with_an_identifier_of_its_own_is_used() -> None:
    """It answers under that identifier, and belongs to the model."""
    with loaded(studio(Model(instances={MINE: 8192}))) as (llm, server):
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert posted(server.requests, LOAD) == []
    assert [each["model"] for each in posted(server.requests, CHAT)] == [MINE]


def test_instances_that_are_not_listed_are_found_by_the_older_api() -> None:
    """Some builds list no instances of a loaded model: it must not be loaded twice."""
    models = [Model("maker/other", {"maker/other": 20480}), Model(instances={KEY: 8192})]

    with loaded(studio(*models, hidden=True)) as (llm, server):
        assert llm.context_size == 8192
        assert posted(server.requests, LOAD) == []


@pytest.mark.parametrize(
    ("wanted", "id_"), [(0, f"{KEY}:2"), (5000, f"{KEY}:2"), (16384, f"{KEY}:2"), (20000, f"{KEY}:4")]
)
def test_the_largest_instance_is_used_if_it_is_large_enough(wanted: int, id_: str) -> None:
    """A loaded instance is asked by its own id and left loaded; a larger one is loaded where none will do.

    openclaw/openclaw#141357: by the key, LM Studio asks any instance, also the smallest.
    """
    before = {KEY: 4096, f"{KEY}:2": 16384, f"{KEY}:3": 8192}
    lm_studio = studio(Model(instances=dict(before)))

    with loaded(lm_studio, context_size=wanted) as (llm, server):
        assert llm.context_size == max(16384, wanted)
        llm.invoke(QUESTION)

    assert [each["model"] for each in posted(server.requests, CHAT)] == [id_]
    assert lm_studio.instances == before


def test_many_threads_make_one_instance() -> None:
    """However many load at once, under whatever name, one instance is loaded and unloaded once.

    #1751: two loads at once made two. One is enough also if it is smaller than requested.
    """
    names = (KEY, "tiny", f"{KEY}@q4_k_m") * 4
    lm_studio = ListedTogether(lambda _: LMStudio("v1").answering(ANSWER), effective=lambda _: 4096)
    lm_studio.together = threading.Barrier(len(names))
    with ScriptedServer(lm_studio) as server:
        llms = [llm_at(server.url, name, context_size=32768) for name in names]

        at_once([llm.load for llm in llms])
        assert all(llm.loaded for llm in llms)
        assert lm_studio.instances == {KEY: 4096}
        at_once([llm.unload for llm in llms])

    assert (len(posted(server.requests, LOAD)), len(posted(server.requests, UNLOAD))) == (1, 1)
    assert lm_studio.instances == {}


def test_the_last_of_several_backends_unloads() -> None:
    """The end of the one that loaded the model does not take it from another."""
    lm_studio = studio(jit=False)
    with ScriptedServer(lm_studio) as server, llm_at(server.url) as one, llm_at(server.url) as other:
        one.unload()
        assert other.invoke(QUESTION).content == ANSWER.text
        other.unload()

        assert lm_studio.instances == {}


@pytest.mark.parametrize("first", [0, 1])
def test_an_instance_that_another_backend_has_loaded_again_is_kept(first: int) -> None:
    """Ejected in the app and loaded again, it has the same id and another owner."""
    lm_studio = studio()
    with ScriptedServer(lm_studio) as server, llm_at(server.url) as one:
        lm_studio.models[0].instances.clear()
        with llm_at(server.url) as other:
            for llm in (one, other)[first:]:
                assert lm_studio.instances == {KEY: 4096}
                llm.unload()

    assert lm_studio.instances == {}


def test_an_instance_that_was_ejected_is_unloaded_without_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lm_studio = studio()
    with loaded(lm_studio) as (_, server):
        lm_studio.models[0].instances.clear()

    assert len(posted(server.requests, UNLOAD)) == 1
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


class ListedTogether(LMStudioServer):
    """Holds the first list of each connection until all have asked for one: all see nothing loaded.

    There is no ``/api/v0``, which would show what was loaded since.
    """

    together: threading.Barrier

    def __post_init__(self) -> None:
        super().__post_init__()
        self._begun: set[int] = set()

    def __call__(self, request: Request) -> Script:
        """Called on several threads at once."""
        if request.connection not in self._begun:
            self._begun.add(request.connection)
            with contextlib.suppress(threading.BrokenBarrierError):  # they need not come all at once
                self.together.wait(1.0)
        return unexpected(request) if request.path == OLDER else super().__call__(request)


def at_once(calls: list[Callable[[], object]]) -> None:
    """Make every call on a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        for call in [pool.submit(call) for call in calls]:
            call.result(DEADLINE)
