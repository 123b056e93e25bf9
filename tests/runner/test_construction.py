"""A class is built with what it accepts, under the names that it has for it.

Unit tests of one call: no scenario could say which argument was wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.runner.targets.target import BindingError, Target
from conformance.spec.strangers import StrangerLLM
from provider.base import BaseLLM
from tests.spec.plain import Plain


def built(cls: type, **declared: Any) -> BaseLLM:
    """An instance of ``cls``, as a target builds it."""
    globals()["Built"] = cls
    target = Target("mine", "engine", f"{__name__}:Built", "tiny", "openai", **declared)
    return target.build("http://127.0.0.1:9", "sk-key", timeout=5, max_retries=2)


def test_a_class_gets_the_arguments_that_it_accepts_by_its_own_names() -> None:
    class Own(Plain):
        def __init__(self, model_name: str, api_base: str, key: str | None = None) -> None:
            self.given = (model_name, api_base, key)

    assert isinstance(llm := built(Own), StrangerLLM)
    assert llm.own.given == ("tiny", "http://127.0.0.1:9", "sk-key")


def test_the_first_argument_is_the_model_whatever_it_is_called() -> None:
    class Own(Plain):
        def __init__(self, which: str, *, timeout: float = 0) -> None:
            self.given = (which, timeout)

    assert isinstance(llm := built(Own), StrangerLLM)
    assert llm.own.given == ("tiny", 5)


def test_a_declared_name_is_used_and_an_empty_one_is_not_given() -> None:
    class Own(Plain):
        def __init__(self, secret: str = "", **others: Any) -> None:
            self.given = (secret, others)

    declared = {"model": "", "api_key": "secret", "base_url": "where", "timeout": "", "max_retries": ""}
    assert isinstance(llm := built(Own, constructor=declared), StrangerLLM)
    assert llm.own.given == ("sk-key", {"where": "http://127.0.0.1:9"})


def test_an_argument_that_nobody_knows_is_named() -> None:
    class Own(Plain):
        def __init__(self, model: str, tenant: str) -> None: ...

    with pytest.raises(BindingError, match="Own demands tenant: say what it is"):
        built(Own)
    assert built(Own, options={"tenant": "mine"})


def test_an_argument_with_the_name_of_the_model_is_the_model_wherever_it_stands() -> None:
    class Own(Plain):
        def __init__(self, workspace: str, model: str) -> None:
            self.given = (workspace, model)

    with pytest.raises(BindingError, match="Own demands workspace: say what it is"):
        built(Own)
    assert isinstance(llm := built(Own, options={"workspace": "mine"}), StrangerLLM)
    assert llm.own.given == ("mine", "tiny")


def test_a_backend_may_be_made_by_a_class_method() -> None:
    class Own(Plain):
        @classmethod
        def create(cls, *, model_id: str, endpoint: str, token: str) -> Any:
            return cls((model_id, endpoint, token))

    globals()["Built"] = Own
    target = Target("mine", "engine", f"{__name__}:Built.create", "tiny", "openai")
    assert isinstance(
        llm := target.build("http://127.0.0.1:9", "sk-key", timeout=5, max_retries=2), StrangerLLM
    )
    assert llm.own.answer == ("tiny", "http://127.0.0.1:9", "sk-key")
