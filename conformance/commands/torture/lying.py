"""What would make a run green though a backend answers wrong: no answer of it may count as passed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from conformance.commands.torture.case import Case
from conformance.commands.torture.runs import run, words
from conformance.report.results import Outcome

_WRONG = """
import os, sys
from provider.openai import OpenAILLM
from provider.response import LLMResponse, LLMStream


class Bad(OpenAILLM):
    def invoke(self, *args, **kwargs):
        response = super().invoke(*args, **kwargs)
        response.content = WRONG
        return response


WRONG = "wrong"
"""

_CONFTEST = """
import os
import pytest

first, outer = pytest.hookimpl(tryfirst=True), pytest.hookimpl(wrapper=True, tryfirst=True)

"""


def not_green(files: Mapping[str, str], folder: Path, options: str = "") -> str:
    """A run over a wrong backend does not end in 0, and none of its answers has passed."""
    ran = run(folder, {"mine.py": _WRONG, **files}, options=options)
    if ran.status == 0:
        return "the exit status is 0"
    passed = ran.outcomes("bad")[Outcome.PASSED]
    return f"the bad backend has {words(ran.outcomes('bad'))}" if passed else ""


def _cases() -> Iterator[Case]:
    lies = tomllib.loads(Path(__file__).with_name("lying.toml").read_text("utf-8"))
    for name, code in lies["backends"].items():
        yield Case("a backend that lies", name, partial(not_green, {"mine.py": _WRONG + code}))
    for name, code in lies["calls"].items():
        yield Case("a backend that ends a run", name, partial(not_green, {"mine.py": f"{_WRONG}Bad.{code}"}))
    for name, code in lies["conftests"].items():
        yield Case("a conftest.py that replaces", name, partial(not_green, {"conftest.py": _CONFTEST + code}))
    for name, options in lies["options"].items():
        yield Case("an option in the environment", name, partial(not_green, {}, options=options))
        settings = f'[tool.pytest.ini_options]\naddopts = "{options}"\n'
        yield Case("an option in the settings", name, partial(not_green, {"pyproject.toml": settings}))


CASES = tuple(_cases())
