"""What a backend loads into LM Studio and unloads from it: as little as it needs.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.servers.scripted.lmstudio_server import CHAT, KEY, LOAD, UNLOAD, Model, native, posted
from conformance.testing import Build, LMStudio, Serve, laws, reply, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1")]

GREETING = text.GREETING

CANNOT_LOAD = {
    "resources": "Model loading was stopped due to insufficient system resources.",
    "crash": "Failed to load model. Error: the process was ended by SIGABRT",
}


def test_a_model_is_loaded_once_and_unloaded_once(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """Each load that is sent makes one more instance, so one is sent; the end unloads it by its id.

    #168, #634, #1582, 0xBakeer/inference-atlas#87.
    """
    studio = dialect.server()
    server = serve(studio)
    llm = build(server.url)
    assert llm.load()
    assert (studio.instances, llm.context_size) == ({KEY: 4096}, 4096)

    llm.unload()
    llm.unload()

    assert posted(server.requests, LOAD) == [{"model": KEY, "echo_load_config": True}]
    assert posted(server.requests, UNLOAD) == [{"instance_id": KEY}]
    assert studio.instances == {}
    assert server.wait_until_closed()


@pytest.mark.parametrize(
    ("wanted", "id_"), [(0, f"{KEY}:2"), (5000, f"{KEY}:2"), (16384, f"{KEY}:2"), (20000, f"{KEY}:4")]
)
def test_the_largest_instance_is_used_where_it_is_large_enough(
    wanted: int, id_: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """A loaded instance is asked by its own id, and left loaded; a larger one is loaded where none will do.

    openclaw/openclaw#141357: by the key, LM Studio asks whichever it likes, be it the smallest.
    """
    before = {KEY: 4096, f"{KEY}:2": 16384, f"{KEY}:3": 8192}
    studio = dialect.server(models=[Model(instances=dict(before))])
    server = serve(studio)
    llm = build(server.url, load=False)
    llm.context_size = wanted

    assert llm.load()
    assert llm.context_size == max(16384, wanted)
    llm.invoke(GREETING.messages)
    llm.unload()

    assert [each["model"] for each in posted(server.requests, CHAT)] == [id_]
    assert studio.instances == before


@pytest.mark.parametrize("echoed", [lambda asked: asked, lambda _: None], ids=["asked", "nothing"])
@pytest.mark.parametrize("effective", [4096, 131072])
def test_the_size_that_the_server_gave_counts(
    effective: int,
    echoed: Callable[[int], int | None],
    serve: Serve,
    build: Build,
    dialect: LMStudio,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The instance's real size counts, whatever a load says of it; the next load asks for the same again.

    #2318, #2304, #2174: it may be smaller than was asked, or larger.
    """
    server = serve(dialect.server(effective=lambda _: effective, echoed=echoed))
    llm = build(server.url, load=False)
    llm.context_size = 32768
    for _ in range(2):
        assert llm.load()
        assert llm.context_size == effective
        llm.unload()
        assert llm.context_size == 32768

    body = {"model": KEY, "echo_load_config": True, "context_length": 32768}
    assert posted(server.requests, LOAD) == [body, body]
    assert ("has 4096 tokens, 32768 were requested" in caplog.text) is (effective == 4096)


def test_a_size_set_while_it_is_loaded_is_for_the_next_load(
    serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """What is wished of a loaded model is what the next load asks for."""
    server = serve(dialect.server())
    llm = build(server.url)
    llm.context_size = 8192
    llm.unload()
    assert llm.load()

    assert [each.get("context_length") for each in posted(server.requests, LOAD)] == [None, 8192]


@pytest.mark.parametrize(("status", "said"), [(500, "Failed to unload"), (200, "Unexpected endpoint")])
def test_a_failure_to_unload_is_logged(
    status: int,
    said: str,
    serve: Serve,
    build: Build,
    dialect: LMStudio,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A model that stays loaded is said; the backend is unloaded all the same.

    #1680: a 200 alone does not say that anything was unloaded.
    """
    server = serve(dialect.server(unload=reply({"error": said}, status)))
    llm = build(server.url)

    llm.unload()

    assert not llm.loaded
    assert said in caplog.text
    assert server.wait_until_closed()


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("said", CANNOT_LOAD.values(), ids=CANNOT_LOAD)
def test_a_model_that_cannot_be_loaded_is_not(
    said: str,
    status: int,
    serve: Serve,
    build: Build,
    dialect: LMStudio,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A load that failed is False with the reason in the log, whatever its status (#1631, #1202, #2295)."""
    server = serve(dialect.server(load=reply(native(said, "model_load_failed"), status)))
    llm = build(server.url, load=False)

    assert llm.load() is False

    assert server.wait_until_closed()
    laws.failed_as(llm.invoke(GREETING.messages), "not_loaded", "not_loaded")
    assert said in caplog.text


def test_a_load_that_says_no_status_has_failed(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """An instance without ``"status": "loaded"`` is not known to be there."""
    studio = dialect.server(load=reply({"type": "llm", "instance_id": KEY}))

    assert build(serve(studio).url, load=False).load() is False
