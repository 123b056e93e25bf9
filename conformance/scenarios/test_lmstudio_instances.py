"""Which instance of a model in LM Studio is meant, and whose it is: nobody unloads another's.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

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
from conformance.testing import DEADLINE, Build, LMStudio, Request, Script, Serve, laws, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1")]

GREETING = text.GREETING
MINE = "my-own"
"""An identifier that somebody gave to an instance."""


@pytest.mark.parametrize("name", ["Tiny@Q8_0", "maker/tiny@q8_0"])
def test_two_quantisations_are_two_models(name: str, serve: Serve, build: Build, dialect: LMStudio) -> None:
    """A named quantisation is the one that is loaded, where the server keeps each as a model."""
    server = serve(dialect.server(models=[Model("tiny@q4_k_m"), Model("tiny@q8_0")]))

    build(server.url, model=name)

    assert [each["model"] for each in posted(server.requests, LOAD)] == ["tiny@q8_0"]


@pytest.mark.parametrize(
    ("name", "sent"), [("tiny@Q8_0", f"{KEY}@q8_0"), (KEY, KEY), ("tiny@f16", KEY)], ids=["q8", "key", "f16"]
)
def test_a_variant_is_loaded_by_its_own_name(
    name: str, sent: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """A named quantisation is loaded as the variant of that name; the key means the one chosen in the app."""
    models = [Model(variants=(MINE, f"{KEY}@q4_k_m", f"{KEY}@q8_0"))]
    server = serve(dialect.server(models=models))

    build(server.url, model=name)

    assert [each["model"] for each in posted(server.requests, LOAD)] == [sent]


def test_the_very_name_comes_before_one_that_means_the_same(
    serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """Of two models that a name could mean, the one that is called so is loaded."""
    server = serve(dialect.server(models=[Model("somebody/tiny"), Model("tiny")]))

    build(server.url, model="tiny")

    assert [each["model"] for each in posted(server.requests, LOAD)] == ["tiny"]


@pytest.mark.parametrize("name", [MINE, f"{KEY}:2"])
def test_an_instance_can_be_asked_for_by_its_id(
    name: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """The id of an instance means that one, though another is larger."""
    studio = dialect.server(models=[Model(instances={KEY: 16384, f"{KEY}:2": 8192, MINE: 4096})])
    server = serve(studio)
    llm = build(server.url, model=name)

    assert llm.context_size == studio.instances[name]
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    assert [each["model"] for each in posted(server.requests, CHAT)] == [name]


def test_an_identifier_of_its_own_is_the_models_too(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """An instance that was given another name in the app answers in that name, and is the model's."""
    server = serve(dialect.server(models=[Model(instances={MINE: 8192})]))

    laws.is_the_answer(build(server.url).invoke(GREETING.messages), GREETING.answer)

    assert posted(server.requests, LOAD) == []
    assert [each["model"] for each in posted(server.requests, CHAT)] == [MINE]


def test_instances_that_are_not_listed_are_found(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """Some builds list no instances of a loaded model: the older API knows them, and none is loaded twice."""
    models = [Model("maker/other", {"maker/other": 20480}), Model(instances={KEY: 8192})]
    server = serve(dialect.server(models=models, hidden=True))

    assert build(server.url).context_size == 8192
    assert posted(server.requests, LOAD) == []


def test_many_threads_make_one_instance(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """However many load at once, under whatever name, one instance is made, and it is unloaded once.

    #1751: two loads at once made two. One is enough also where it is smaller than was asked.
    """
    names = (KEY, "tiny", f"{KEY}@q4_k_m") * 4
    studio = ListedTogether(lambda _: dialect.answering(GREETING.answer), effective=lambda _: 4096)
    studio.together = threading.Barrier(len(names))
    server = serve(studio)
    llms = [build(server.url, model=name, load=False) for name in names]
    for llm in llms:
        llm.context_size = 32768

    at_once([llm.load for llm in llms])
    assert all(llm.loaded for llm in llms)
    assert studio.instances == {KEY: 4096}
    at_once([llm.unload for llm in llms])

    assert (len(posted(server.requests, LOAD)), len(posted(server.requests, UNLOAD))) == (1, 1)
    assert studio.instances == {}


def test_the_last_of_several_unloads(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """Whoever of them has loaded it: the end of one does not take the model from another."""
    studio = dialect.server(jit=False)
    server = serve(studio)
    one, other = build(server.url), build(server.url)

    one.unload()
    laws.is_the_answer(other.invoke(GREETING.messages), GREETING.answer)
    other.unload()

    assert studio.instances == {}


@pytest.mark.parametrize("first", [0, 1])
def test_an_instance_that_another_has_loaded_again_is_left_alone(
    first: int, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """Ejected in the app and loaded again, its id is the same and its owner is not."""
    studio = dialect.server()
    server = serve(studio)
    one = build(server.url)
    studio.models[0].instances.clear()
    other = build(server.url)

    for llm in (one, other)[first:]:
        assert studio.instances == {KEY: 4096}
        llm.unload()

    assert studio.instances == {}


def test_an_instance_that_was_loaded_in_the_app_is_left_alone(
    serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """An instance that somebody else has loaded stays, though its id was once this backend's own."""
    studio = dialect.server()
    llm = build(serve(studio).url)
    llm.unload()
    studio.models[0].instances[KEY] = 8192
    assert llm.load()

    llm.unload()

    assert studio.instances == {KEY: 8192}


def test_an_instance_that_is_gone_is_unloaded(
    serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """An instance that was ejected in the meantime is nobody's failure."""
    studio = dialect.server()
    server = serve(studio)
    llm = build(server.url)
    studio.models[0].instances.clear()

    llm.unload()

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
