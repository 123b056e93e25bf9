"""Which API an LM Studio server has, which of its models is meant, and what that model can do.

No recording tests: no LM Studio can be installed here; a script of the loopback server stands for it.
Numbers such as #619 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

from typing import Any

import pytest
from lmstudio_server import (
    GEMMA,
    NO_TOKEN,
    QWEN,
    TOKEN,
    Level,
    LMStudio,
    Model,
    asked,
    list_of_models,
    llm_at,
    loaded,
    not_found,
    unexpected,
    web_page,
)
from provider_routes import ANSWER, QUESTION

from conformance.wire import Handler, WireServer, always, refused_url, reply

LOAD, CHAT = "/models/load", "/chat/completions"
MINE = "my-gemma"
"""An identifier that somebody gave to an instance."""


@pytest.mark.parametrize(
    "elsewhere", [unexpected, not_found, web_page, list_of_models], ids=lambda each: each.__name__
)
@pytest.mark.parametrize(
    ("level", "size"), [("v1", 12918), ("v0", 12918), ("plain", 0), ("llama.cpp", 8192), ("vllm", 16384)]
)
def test_the_level_is_told_by_shape(level: Level, size: int, elsewhere: Handler) -> None:
    """What a server does not know it answers by a 404, and as often by a 200: #618, #1680, #2085."""
    studio = LMStudio([Model(QWEN, served=2048), Model(instances={GEMMA: 12918})], level, elsewhere)

    with loaded(studio) as (llm, server):
        assert llm.context_size == size
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert asked(server, LOAD) == []


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/api/v1", "/api/v0/", "//v1//"])
def test_the_base_url_may_name_any_of_the_apis(suffix: str) -> None:
    with WireServer(LMStudio()) as server, llm_at(server.url + suffix) as llm:
        llm.invoke(QUESTION)

    assert server.requests[0].path == "/api/v1/models"
    assert [each["model"] for each in asked(server, "/v1/chat/completions")] == [GEMMA]
    assert not any("//" in request.path for request in server.requests)


@pytest.mark.parametrize("level", ["v1", "v0"])
def test_a_missing_token_is_said_at_once(level: Level, caplog: pytest.LogCaptureFixture) -> None:
    """An older API is not asked instead: it would hide it (agustif/opencode-lmstudio#41)."""
    with WireServer(LMStudio(level=level, token=TOKEN)) as server:
        assert llm_at(server.url).load() is False
        assert [request.path for request in server.requests] == ["/api/v1/models"]
        assert NO_TOKEN in caplog.text

        with llm_at(server.url, key=TOKEN) as llm:
            assert llm.invoke(QUESTION).content == ANSWER.text


@pytest.mark.parametrize("level", ["v1", "v0"])
@pytest.mark.parametrize(
    ("model", "found"),
    [
        (GEMMA, True),
        ("Google/Gemma-3-4B", True),
        (f"{GEMMA}@q4_k_m", True),
        (f"{GEMMA}:2", True),
        (f"{GEMMA}@q4_k_m:2", True),
        ("gemma-3-4b", True),
        ("GEMMA-3-4b@4bit", True),
        ("somebody/gemma-3-4b", False),
        ("google/gemma-3-4b-it", False),
        ("gemma", False),
        ("google/", False),
        ("", False),
    ],
)
def test_a_name_means_a_model(level: Level, model: str, found: bool) -> None:
    """Up to case, quantisation, instance and a missing vendor; another vendor's is another model."""
    studio = LMStudio([Model(QWEN), Model(GEMMA)], level)
    with WireServer(studio) as server:
        with llm_at(server.url, model) as llm:
            assert llm.loaded is found
            llm.invoke(QUESTION)

        assert [each["model"] for each in asked(server, CHAT)] == ([GEMMA] if found else [])


@pytest.mark.parametrize("level", ["v1", "v0"])
def test_a_vendor_may_be_missing_in_the_servers_name(level: Level) -> None:
    with loaded(LMStudio([Model("gpt-oss-20b")], level), "openai/gpt-oss-20b") as (llm, _):
        assert llm.invoke(QUESTION).content == ANSWER.text


@pytest.mark.parametrize("model", ["Qwen3-8B@Q8_0", "qwen/qwen3-8b@q8_0"])
def test_two_quantisations_are_two_models(model: str) -> None:
    both = [Model("qwen3-8b@q4_k_m"), Model("qwen3-8b@q8_0")]
    with loaded(LMStudio(both), model) as (_, server):
        assert [each["model"] for each in asked(server, LOAD)] == ["qwen3-8b@q8_0"]


def test_the_very_name_comes_before_one_that_means_the_same() -> None:
    with loaded(LMStudio([Model("somebody/gemma-3-4b"), Model("gemma-3-4b")]), "gemma-3-4b") as (_, server):
        assert [each["model"] for each in asked(server, LOAD)] == ["gemma-3-4b"]


@pytest.mark.parametrize(
    ("model", "sent"), [("gemma-3-4b@Q8_0", f"{GEMMA}@q8_0"), (GEMMA, GEMMA), ("gemma-3-4b@f16", GEMMA)]
)
def test_a_variant_is_loaded_by_its_own_name(model: str, sent: str) -> None:
    """The key means the variant that is selected in the app."""
    studio = LMStudio([Model(variants=(MINE, f"{GEMMA}@q4_k_m", f"{GEMMA}@q8_0"))])
    with loaded(studio, model) as (_, server):
        assert [each["model"] for each in asked(server, LOAD)] == [sent]


@pytest.mark.parametrize("model", [MINE, f"{GEMMA}:2"])
def test_an_instance_can_be_asked_for_by_its_id(model: str) -> None:
    studio = LMStudio([Model(instances={GEMMA: 16384, f"{GEMMA}:2": 8192, MINE: 4096})])
    with loaded(studio, model) as (llm, server):
        assert llm.context_size == studio.instances[model]
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert [each["model"] for each in asked(server, CHAT)] == [model]


def test_an_identifier_of_its_own_is_the_models_too() -> None:
    """``lms load --identifier``: the answer names the identifier."""
    with loaded(LMStudio([Model(instances={MINE: 8192})])) as (llm, server):
        assert llm.invoke(QUESTION).content == ANSWER.text

    assert (asked(server, LOAD), asked(server, CHAT)[0]["model"]) == ([], MINE)


def test_instances_that_v1_does_not_list_are_found_in_v0() -> None:
    """Some builds list ``loaded_instances: []`` for a loaded model; a load would make a second instance."""
    studio = LMStudio([Model(QWEN, {QWEN: 20480}), Model(instances={GEMMA: 8192})], hidden=True)
    with loaded(studio) as (llm, server):
        assert llm.context_size == 8192

    assert asked(server, LOAD) == []


@pytest.mark.parametrize(
    ("studio", "known"),
    [
        (LMStudio([Model(QWEN), Model("phi-4")]), f"{QWEN}, phi-4"),
        (LMStudio([Model(QWEN), Model("phi-4")], "v0"), f"{QWEN}, phi-4"),
        (LMStudio([]), "none"),
        (LMStudio([Model()], "v0", jit=False), "none"),
    ],
    ids=["v1", "v0", "nothing downloaded", "nothing loaded and no JIT"],
)
def test_a_model_that_is_not_there_is_not_asked_for(
    studio: LMStudio, known: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever is loaded would answer: #619. The log names those that there are."""
    with WireServer(studio) as server:
        llm = llm_at(server.url)
        assert llm.load() is False
        assert llm.invoke(QUESTION).error_code == "not_loaded"
        assert (asked(server, LOAD), asked(server, CHAT)) == ([], [])

    assert f"no model {GEMMA!r}; it has {known}" in caplog.text


@pytest.mark.parametrize(("level", "unknown"), [("v1", None), ("v0", False)])
@pytest.mark.parametrize("vision", [True, False, None])
def test_vision_is_a_capability(level: Level, unknown: bool | None, vision: bool | None) -> None:
    """``capabilities.vision`` in v1, where it may be missing; the type ``vlm`` in v0."""
    with loaded(LMStudio([Model(QWEN, vision=vision)], level), QWEN) as (llm, _):
        assert llm.capabilities["image"] is (unknown if vision is None else vision)
        assert llm.has_capability("image") is bool(vision)


def test_v0_loads_a_model_by_its_first_question() -> None:
    """It has no load; what it will have for a context is not known before."""
    studio = LMStudio(level="v0")
    with loaded(studio) as (llm, server):
        assert (llm.context_size, studio.instances) == (0, {})
        assert llm.invoke(QUESTION).content == ANSWER.text
        llm.unload()

    assert {request.path for request in server.requests if request.method == "POST"} == {
        "/v1/chat/completions"
    }
    assert studio.instances == {GEMMA: 4096}


@pytest.mark.parametrize(
    "listed",
    [
        [],
        None,
        {"models": {}},
        {"models": [None, 1, "x", {}]},
        {"models": [{"key": None, "loaded_instances": {"a": 1}}]},
        {
            "models": [
                {"key": GEMMA, "variants": 7, "capabilities": [], "loaded_instances": [{"config": None}]}
            ]
        },
        {"data": [{"id": None, "state": "loaded", "capabilities": 7}]},
        {"data": [{"id": GEMMA, "state": "loaded", "type": [], "capabilities": 7}]},
    ],
)
def test_load_never_raises(listed: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the server says of its models, it is ready or the log says why not."""
    with WireServer(always(reply(listed))) as server:
        llm = llm_at(server.url)
        assert llm.load() or "cannot be loaded" in caplog.text
        llm.unload()


def test_a_server_that_is_not_running_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with refused_url() as url:
        assert llm_at(url).load() is False

    assert "refused" in caplog.text
