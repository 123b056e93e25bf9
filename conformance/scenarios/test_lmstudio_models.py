"""Models of an LM Studio: how they are found, loaded and unloaded.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted.lmstudio_server import CHAT, KEY, LOAD, NO_TOKEN, Model, native, posted
from conformance.testing import Build, LMStudio, Play, Serve, laws, reply, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1", "lmstudio-v0")]

v1 = pytest.mark.dialects("lmstudio-v1")

GREETING = text.GREETING
OTHER = "maker/other"
TOKEN = "sk-lm-AbCd1234:AbCdEfGhIjKlMnOpQrSt"  # noqa: S105

CANNOT_LOAD = {
    "resources": "Model loading was stopped due to insufficient system resources.",
    "crash": "Failed to load model. Error: the process was ended by SIGABRT",
}

THERE = {"two": (OTHER, "phi-4"), "nothing": ()}
"""The models of a server that lacks the one."""


@pytest.mark.parametrize(
    "suffix",
    ["", "/", "/v1", "/v1/", "/api/v1", "/api/v0/", "//v1//"],
    ids=["none", "slash", "v1", "v1-slash", "api-v1", "api-v0", "slashes"],
)
def test_the_base_url_may_name_any_of_the_apis(
    suffix: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """A base URL may end with the path of an API or with slashes: the same paths are requested.

    n4ze3m/dialoqbase#146: a doubled slash is another path, and another path is a 200.
    """
    server = serve(dialect.server())

    laws.is_the_answer(build(server.url + suffix).invoke(GREETING.messages), GREETING.answer)

    assert [each["model"] for each in posted(server.requests, CHAT)] == [KEY]
    assert not any("//" in request.path for request in server.requests)


def test_a_refused_token_is_reported_at_load(
    serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused token makes load() return False with the reason in the log, and no older API is asked.

    agustif/opencode-lmstudio#41: it showed an empty list of models.
    """
    server = serve(dialect.server(token=TOKEN))
    assert build(server.url, load=False).load() is False

    assert [request.path for request in server.requests] == ["/api/v1/models"]
    assert NO_TOKEN in caplog.text
    laws.is_the_answer(build(server.url, key=TOKEN).invoke(GREETING.messages), GREETING.answer)


def test_a_stopped_server_is_reported_at_load(
    serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that is not running makes load() return False, and the log gives the reason.

    Seen in lmstudio-ai/lmstudio-python#114.
    """
    server = serve(dialect.server())
    server.stop()

    assert build(server.url, load=False).load() is False
    assert "refused" in caplog.text


@pytest.mark.parametrize("there", THERE.values(), ids=THERE)
def test_an_unknown_model_is_reported_at_load(
    there: tuple[str, ...], serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that the server does not have makes load() return False, and the log names those that it has.

    #619: any other model would answer.
    """
    server = serve(dialect.server(models=[Model(key) for key in there]))
    llm = build(server.url, load=False)

    assert llm.load() is False
    laws.failed_as(llm.invoke(GREETING.messages), "not_loaded", "not_loaded")

    assert posted(server.requests, LOAD) == posted(server.requests, CHAT) == []
    assert all(name in caplog.text for name in (KEY, *there))


@pytest.mark.parametrize("vision", [True, False, None], ids=["vision", "no-vision", "unknown"])
def test_vision_is_read_from_the_server(vision: bool | None, play: Play, dialect: LMStudio) -> None:
    """``capabilities["image"]`` is read from the server's list of models."""
    llm = play(dialect.server(models=[Model(vision=vision)]))

    unknown = None if dialect.level == "v1" else False
    assert llm.capabilities["image"] is (unknown if vision is None else vision)
    assert llm.has_capability("image") is bool(vision)


@pytest.mark.parametrize(("level", "size"), [("vllm", 16384), ("llama.cpp", 8192)])
def test_another_server_with_chat_completions_is_asked_too(
    level: str, size: int, play: Play, dialect: LMStudio
) -> None:
    """vLLM and llama.cpp, which load nothing, are asked all the same, and tell how many tokens they take."""
    llm = play(dialect.server(level=level))

    assert llm.context_size == size
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)


VARIANTS = (f"{KEY}@q4_k_m", f"{KEY}@q8_0")


@v1
@pytest.mark.parametrize(
    ("name", "asked"),
    [(KEY, KEY), ("tiny", KEY), (VARIANTS[1], VARIANTS[1]), ("tiny@q8_0", VARIANTS[1]), ("TINY", KEY)],
)
def test_a_model_is_loaded_by_the_servers_name(
    name: str, asked: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """A model is loaded by the name that the server gives it, with the quantisation that was named, if any.

    #619: a question that does not name the instance may be answered by another model.
    """
    server = serve(dialect.server(models=[Model(variants=VARIANTS), Model(OTHER, {OTHER: 4096})]))

    laws.is_the_answer(build(server.url, model=name).invoke(GREETING.messages), GREETING.answer)

    assert [each["model"] for each in posted(server.requests, LOAD)] == [asked]
    assert [each["model"] for each in posted(server.requests, CHAT)] == [KEY]


@v1
def test_an_instance_that_only_the_older_api_lists_is_used(
    serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """An instance that a build lists in ``/api/v0`` alone is used, and none is loaded beside it."""
    server = serve(dialect.server(models=[Model(instances={KEY: 8192})], hidden=True))
    llm = build(server.url)

    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    assert llm.context_size == 8192
    assert posted(server.requests, LOAD) == []


@v1
def test_a_second_load_asks_for_the_same(
    serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that is unloaded and loaded again is asked for as before, and neither is worth a warning.

    The tokens that an instance got are no wish of the caller's.
    """
    server = serve(dialect.server())
    llm = build(server.url)
    llm.unload()
    assert llm.load()
    llm.unload()

    first, second = posted(server.requests, LOAD)
    assert first == second
    assert "context_length" not in first
    assert [each for each in caplog.records if each.levelname == "WARNING"] == []


@v1
def test_a_model_is_loaded_once_and_unloaded_once(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """Two calls of load() make one instance of the model, and unload() unloads it.

    #168, #634, #1582, 0xBakeer/inference-atlas#87: each load that is sent makes one more instance.
    """
    studio = dialect.server()
    server = serve(studio)
    llm = build(server.url)
    assert llm.load()
    assert studio.instances == {KEY: 4096}

    llm.unload()
    llm.unload()

    assert studio.instances == {}
    assert server.wait_until_closed()


@v1
def test_an_instance_that_somebody_else_loaded_stays(play: Play, dialect: LMStudio) -> None:
    """unload() leaves an instance that somebody else has loaded, even if the backend once had the same id."""
    studio = dialect.server()
    llm = play(studio)
    llm.unload()
    studio.models[0].instances[KEY] = 8192
    assert llm.load()

    llm.unload()

    assert studio.instances == {KEY: 8192}


@v1
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("words", CANNOT_LOAD.values(), ids=CANNOT_LOAD)
def test_a_failed_load_is_reported(
    words: str, status: int, serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that cannot be loaded makes load() return False, and the log gives the reason.

    #1631, #1202, #2295.
    """
    server = serve(dialect.server(load=reply(native(words, "model_load_failed"), status)))
    llm = build(server.url, load=False)

    assert llm.load() is False

    assert server.wait_until_closed()
    laws.failed_as(llm.invoke(GREETING.messages), "not_loaded", "not_loaded")
    assert words in caplog.text


@v1
@pytest.mark.parametrize(("status", "is_logged"), [(500, True), (400, True), (404, False)])
def test_a_failed_unload_is_logged(
    status: int, is_logged: bool, play: Play, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """An instance that the server does not unload is named in the log, unless it is gone already."""
    llm = play(dialect.server(unload=reply(native("Not now.", "busy"), status)))

    llm.unload()

    laws.failed_as(llm.invoke(GREETING.messages), "not_loaded", "not_loaded")
    assert ("Not now." in caplog.text) is is_logged
