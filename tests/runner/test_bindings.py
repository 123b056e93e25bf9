"""What a project's pyproject.toml binds to the suite, and what is said where it binds it wrongly.

Unit tests, because a wrong declaration ends a run before any scenario.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.selection import NamedBackend
from conformance.runner.targets.target import BindingError, NothingBoundError, Target
from provider import OpenAILLM

Declare = Callable[[str], list[Target]]


@pytest.fixture
def declare(tmp_path: Path) -> Declare:
    def declare(text: str) -> list[Target]:
        pyproject = tmp_path / "pyproject.toml"
        pyproject.write_text(dedent(text), "utf-8")
        return bound_targets(pyproject)

    return declare


def test_targets_come_in_the_order_of_the_file(declare: Declare) -> None:
    targets = declare(
        """
        [tool.conformance.backends.second]
        class = "provider:OpenAILLM"
        targets.b = { model = "tiny", dialect = "openai" }
        targets.a = { model = "tiny", dialect = "openai" }

        [tool.conformance.backends.first]
        class = "provider:LiteLLM"
        targets.a = { model = "anthropic/tiny", dialect = "anthropic" }
        """
    )
    assert [target.label for target in targets] == ["second@b", "second@a", "first@a"]


def test_a_target_has_every_declared_setting(declare: Declare) -> None:
    [target] = declare(
        """
        [tool.conformance.backends.mine]
        class = "provider:OpenAILLM"

        [tool.conformance.backends.mine.targets.engine]
        model = "tiny"
        dialect = "openai"
        path = "/v1"

        [tool.conformance.backends.mine.targets.engine.gaps]
        "tools/call" = "it cannot, https://example.org/1"
        """
    )
    gaps = {"tools/call": "it cannot, https://example.org/1"}
    expected = Target("mine", "engine", "provider:OpenAILLM", "tiny", "openai", "/v1", gaps=gaps)
    assert target == replace(expected, asynchronous=False)


def test_the_old_name_of_a_setting_still_works_and_the_warning_has_the_new_one(declare: Declare) -> None:
    old = (
        '[tool.conformance.backends.a]\nclass = "m:C"\n[tool.conformance.backends.a.targets.b]\nmodel = "m"\n'
    )
    with pytest.warns(FutureWarning, match="`takes` is now called `accepts`"):
        [target] = declare(f'{old}dialect = "openai"\ntakes = ["unknown_model"]\n')
    assert target.accepts == ["unknown_model"]


def test_a_target_builds_its_backend_in_front_of_a_server() -> None:
    target = Target("mine", "engine", "provider:OpenAILLM", "tiny", "openai", path="/v2")
    llm = target.build("http://engine.invalid", "sk-key", timeout=3.0, max_retries=1)
    assert isinstance(llm, OpenAILLM)
    assert (llm.model_name, llm.base_url) == ("tiny", "http://engine.invalid/v2")
    assert (llm.timeout, llm.max_retries, llm.loaded) == (3.0, 1, False)


@pytest.mark.parametrize("text", ["", "[tool.other]", "[tool.conformance]", "[tool]\nconformance = 3"])
def test_a_missing_declaration_is_not_reported_as_a_wrong_one(
    declare: Declare, tmp_path: Path, text: str
) -> None:
    with pytest.raises(NothingBoundError) as caught:
        declare(text)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert "[tool.conformance.backends" in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_wrong_declaration(declare: Declare) -> None:
    with pytest.raises(BindingError, match=r"pyproject\.toml cannot be read: Expected ") as caught:
        declare("[tool")
    assert not isinstance(caught.value, NothingBoundError)


def test_a_missing_file_is_a_missing_declaration(tmp_path: Path) -> None:
    with pytest.raises(NothingBoundError, match=r"pyproject\.toml"):
        bound_targets(tmp_path / "pyproject.toml")


SHARING = """
    [tool.conformance.backends.mine]
    class = "provider:OpenAILLM"
    targets.engine = {{ model = "tiny", dialect = "openai" }}
    targets.script = {{ model = "tiny", dialect = "openai", source = "script" }}
    targets.other = {{ model = "tiny", dialect = "openai", replays = "mine@engine" }}

    [tool.conformance.backends.same]
    class = "provider:AsyncOpenAILLM"
    targets.engine = {{ model = "tiny", dialect = "openai", replays = {} }}
    """


def test_a_target_may_replay_the_recordings_of_another(declare: Declare) -> None:
    *_, same = declare(SHARING.format('"mine@engine"'))
    assert same.label == "same@engine"
    assert same.recorded_as == "mine@engine"
    assert same.folder == Path("mine", "engine")


@pytest.mark.parametrize("other", ["mine", "mine@none", "mine@script", "mine@other", "same@engine"])
def test_what_is_replayed_is_a_target_with_recordings(declare: Declare, other: str) -> None:
    with pytest.raises(BindingError, match=f"same@engine: replays = '{other}' is no target with recordings"):
        declare(SHARING.format(f'"{other}"'))


GOOD = 'class = "provider:OpenAILLM"\ntargets.engine = { model = "tiny", dialect = "openai" }'
BACKEND = "[tool.conformance.backends.mine]"
TARGET = "[tool.conformance.backends.mine.targets.engine]"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (GOOD.replace("class =", "clas ="), "has no class"),
        (GOOD.replace('"provider:OpenAILLM"', "3"), "has no class"),
        (f"{GOOD}\ngaps = {{}}", "has an unknown key: gaps"),
        (f'{GOOD}\nfinding = "it sleeps"', "the finding needs a link to its upstream bug"),
        (f"{GOOD}\nlevel = 2", "level = 2 is not a level of this suite, which has 1 to 1"),
        (f"{GOOD}\nasynchronous = 1", "asynchronous = 1 must be true or false"),
        ('class = "provider:OpenAILLM"', "has no targets"),
        ('class = "provider:OpenAILLM"\ntargets = {}', "has no targets"),
    ],
)
def test_a_wrong_declaration_of_a_backend_names_its_table(declare: Declare, table: str, message: str) -> None:
    """Also where another backend is declared correctly."""
    good = f"[tool.conformance.backends.good]\n{GOOD}\n"
    with pytest.raises(BindingError) as caught:
        declare(f"{good}{BACKEND}\n{table}")
    assert str(caught.value).startswith(BACKEND)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('{ modle = "tiny", dialect = "openai" }', "modle"),
        ('{ dialect = "openai" }', "model"),
        ('{ model = "tiny", dialect = "openai", backend = "other" }', "backend"),
        ('"tiny"', ""),
        ('{ model = "tiny", dialect = "opnai" }', "no dialect is called 'opnai'; there are openai,"),
        ('gaps = "all"', "gaps = 'all' is not a table"),
        ('context = "2048"', "context = '2048' is not a whole number"),
        ("path = 4", "path = 4 is not a text"),
        ('accepts = "bad_parameter"', "accepts = 'bad_parameter' is not a list"),
        ('accepts = ["bribes"]', "accepts = 'bribes' is not one of unknown_model"),
        ("capabilities = { juggling = true }", "'juggling' is not a capability; known: tools,"),
        ('capabilities = { tools = "no" }', "the capability tools is 'no'; it must be true or false"),
        ('gaps = { "tools/call" = "it cannot" }', "the known gap tools/call needs a link"),
    ],
)
def test_a_wrong_setting_of_a_target_names_its_table(declare: Declare, settings: str, message: str) -> None:
    if settings[0] not in '{"':
        settings = f'{{ model = "tiny", dialect = "openai", {settings} }}'
    with pytest.raises(BindingError) as caught:
        declare(f'{BACKEND}\nclass = "provider:OpenAILLM"\ntargets.engine = {settings}')
    assert str(caught.value).startswith(f"{TARGET}: ")
    assert message in str(caught.value)


def test_a_backend_that_is_no_table_is_named(declare: Declare) -> None:
    with pytest.raises(BindingError, match=rf"{re.escape(BACKEND)} has no class"):
        declare('[tool.conformance.backends]\nmine = "provider:OpenAILLM"')


def test_a_table_without_backends_is_an_error(declare: Declare) -> None:
    with pytest.raises(BindingError, match=r"\[tool\.conformance\.backends\] is empty"):
        declare("[tool.conformance.backends]")


@pytest.mark.parametrize(
    "factory",
    ["provider:OpenAILM", "no_such_module:OpenAILLM", "OpenAILLM", ":OpenAILLM", "provider.OpenAILLM"],
)
def test_a_class_that_cannot_be_imported_names_its_table(factory: str) -> None:
    """Imported when it is built, so that a run of other targets pays for no SDK."""
    target = Target("mine", "engine", factory, "tiny", "openai")
    with pytest.raises(BindingError, match=rf"mine: class = '{factory}' cannot be imported: "):
        target.build("http://engine.invalid", "sk-key", timeout=1.0, max_retries=0)


@pytest.mark.parametrize("wire", ["mistral", "groq", "gemini"])
def test_nothing_is_declared_of_a_script(wire: str) -> None:
    """What the engine supports says nothing of the script that answers for a wire that it does not speak."""
    target = NamedBackend("mine:LLM", dialect=wire).target()
    assert (target.name, target.source) == ("script", "script")
    assert (target.capabilities, target.accepts, target.context) == ({}, (), 0)
