"""Which API an LM Studio has, which of its models is meant, and what that model can do.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted.lmstudio_server import CHAT, KEY, LOAD, NO_TOKEN, OTHER_PATHS, Model, posted
from conformance.testing import Build, Handler, LMStudio, Serve, laws, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1", "lmstudio-v0")]

GREETING = text.GREETING
OTHER = "maker/other"
TOKEN = "sk-lm-AbCd1234:AbCdEfGhIjKlMnOpQrSt"  # noqa: S105

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

THERE = {"two": (OTHER, "phi-4"), "nothing": ()}
"""The models of a server that has not the one."""


@pytest.mark.parametrize("elsewhere", OTHER_PATHS, ids=lambda each: each.__name__)
def test_the_newest_api_of_a_server_is_used(
    elsewhere: Handler, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """The newest API of the server is used, whatever the server answers to a path that it does not know.

    #618, #1680, #2085: such a path is a 200 as often as a 404.
    """
    models = [Model(OTHER), Model(instances={KEY: 12918})]
    server = serve(dialect.server(models=models, other_paths=elsewhere))
    llm = build(server.url)

    assert llm.context_size == 12918
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    assert posted(server.requests, LOAD) == []


@pytest.mark.parametrize(
    "suffix",
    ["", "/", "/v1", "/v1/", "/api/v1", "/api/v0/", "//v1//"],
    ids=["none", "slash", "v1", "v1-slash", "api-v1", "api-v0", "slashes"],
)
def test_the_base_url_may_name_any_of_the_apis(
    suffix: str, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """A base URL that ends with the path of an API or with slashes is requested at the same paths as the
    bare address.

    n4ze3m/dialoqbase#146: a doubled slash is another path, and another path is a 200.
    """
    server = serve(dialect.server())

    laws.is_the_answer(build(server.url + suffix).invoke(GREETING.messages), GREETING.answer)

    assert server.requests[0].path == "/api/v1/models"
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


@pytest.mark.parametrize(("name", "meant"), NAMES.items(), ids=[name or "no-name" for name in NAMES])
def test_a_name_means_a_model(name: str, meant: bool, serve: Serve, build: Build, dialect: LMStudio) -> None:
    """Up to case, quantisation, instance and a missing vendor; another vendor's is another model."""
    server = serve(dialect.server(models=[Model(OTHER), Model()]))
    llm = build(server.url, model=name, load=False)

    assert llm.load() is meant
    llm.invoke(GREETING.messages)

    assert [each["model"] for each in posted(server.requests, CHAT)] == ([KEY] if meant else [])


def test_a_vendor_may_be_missing_in_the_servers_name(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """A model that the server calls by its name alone is the one of the vendor that was asked for."""
    llm = build(serve(dialect.server(models=[Model("tiny")])).url)

    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)


@pytest.mark.parametrize("there", THERE.values(), ids=THERE)
def test_an_unknown_model_is_reported_at_load(
    there: tuple[str, ...], serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that the server does not have makes load() return False, and the log names the models that
    it has.

    Seen in #619.
    """
    server = serve(dialect.server(models=[Model(key) for key in there]))
    llm = build(server.url, load=False)

    assert llm.load() is False
    laws.failed_as(llm.invoke(GREETING.messages), "not_loaded", "not_loaded")

    assert posted(server.requests, LOAD) == posted(server.requests, CHAT) == []
    known = ", ".join(there) or "none"
    assert f"no model {KEY!r}; it has {known}" in caplog.text


@pytest.mark.parametrize("vision", [True, False, None], ids=["seeing", "blind", "unknown"])
def test_vision_is_read_from_the_server(
    vision: bool | None, serve: Serve, build: Build, dialect: LMStudio
) -> None:
    """``capabilities["image"]`` is read from the server's list of models."""
    llm = build(serve(dialect.server(models=[Model(vision=vision)])).url)

    unknown = None if dialect.level == "v1" else False
    assert llm.capabilities["image"] is (unknown if vision is None else vision)
    assert llm.has_capability("image") is bool(vision)


@pytest.mark.dialects("lmstudio-v0")
def test_a_first_question_loads_the_model(serve: Serve, build: Build, dialect: LMStudio) -> None:
    """With the older API the first question loads the model, and unload() leaves it loaded.

    QwenLM/qwen-code#3802: a client that looked for a loaded model first never asked.
    """
    studio = dialect.server()
    server = serve(studio)
    llm = build(server.url)
    assert (llm.context_size, studio.instances) == (0, {})

    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    llm.unload()

    assert {request.path for request in server.requests if request.method == "POST"} == {CHAT}
    assert studio.instances == {KEY: 4096}


@pytest.mark.dialects("lmstudio-v0")
def test_a_model_that_cannot_be_loaded_by_a_question_is_not_there(
    serve: Serve, build: Build, dialect: LMStudio, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no question loads a model, the older API lists the loaded ones only."""
    assert build(serve(dialect.server(jit=False)).url, load=False).load() is False

    assert f"no model {KEY!r}; it has none" in caplog.text
