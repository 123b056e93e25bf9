"""Source mutants are made, judged by the scenarios that run them, and shown with the command for another run.

No scenarios: here the suite itself is under test.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from conformance.commands.source_mutation.changes import changes
from tests.support.project import PLAIN, Project

BACKEND = f"""
from {PLAIN.partition(":")[0]} import PlainLLM
from mine.answers import whole


class MineLLM(PlainLLM):
    def invoke(self, messages, attachments=None, **kwargs):
        return whole(super().invoke(messages, attachments, **kwargs))
"""
ANSWERS = """
LIMIT = 7


def whole(response):
    if response.content == "wait":
        while True:
            pass
    response.status = 200
    response.retry_after = None
    return response


def unused():
    return 1 < 2
"""
SCENARIO = """
from conformance.spec.dialogue import text

def test_text(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    response = llm.invoke(text.GREETING.messages)
    assert response.content == text.GREETING.answer.text
    assert response.status == 200
"""
RUN = """
import sys
from conformance.commands.source_mutation import judging, run
judging.PATIENCE = 2.0
sys.exit(run.run_source_mutants(["mine/answers.py"], scenarios="."))
"""


def changed(source: str) -> list[tuple[str, str]]:
    return [(each.before, each.after) for each in changes("a.py", dedent(source).encode())]


def test_every_kind_of_change_is_made() -> None:
    assert changed("if a < b: c()") == [
        ("if a < b: c()", "if not (a < b): c()"),
        ("if a < b: c()", "if a <= b: c()"),
        ("if a < b: c()", "if a < b: pass"),
    ]
    assert {after for _, after in changed("x = 1 if not a and b is None else 'é'")} == {
        "x = 1 if not (not a and b is None) else 'é'",
        "x = 1 if not a or b is None else 'é'",
        "x = 2 if not a and b is None else 'é'",
        "x = 1 if not a and b is None else '\\xe9x'",
        "x = 1 if a and b is None else 'é'",
        "x = 1 if not a and b is not None else 'é'",
    }
    assert changed("def f():\n    return g()") == [("return g()", "return None")]
    assert changed("self.x = y") == [("self.x = y", "pass")]
    assert changed("for x in y:\n    continue") == [("continue", "pass")]
    assert changed("match x:\n    case y if y:\n        z()") == [
        ("case y if y:", "case y if not (y):"),
        ("z()", "pass"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        '"""Prose."""',
        "import a",
        "x: Literal['a'] = y",
        "def f(x: 'int') -> 'str': ...",
        "log.warning('x')",
        "raise_with = f'{1}'",
        "x = 'two words'",
        "x = None",
        "if TYPE_CHECKING:\n    x = 1",
    ],
)
def test_what_no_scenario_could_tell_is_left(source: str) -> None:
    assert changed(source) == []


def test_a_change_is_named_by_its_content_and_place() -> None:
    [one] = changes("a.py", b"class A:\n    def f(self):\n        return g(\n            self\n        )\n")
    [other] = changes("a.py", b"\n\nclass A:\n    def f(self):\n        return g(self)\n")

    assert one.key == ("a.py", "A.f", "return g( self )", "return None")
    assert (one.place, one.is_in_function, [*one.lines]) == ("a.py:3", True, [3, 4, 5])
    assert other.place == "a.py:5"
    assert b"return None\n" in one.source


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, factory="mine:MineLLM")
    project.write("mine/__init__.py", BACKEND)
    project.write("mine/answers.py", ANSWERS)
    project.write("test_invoke.py", SCENARIO)
    return project


def test_a_run_shows_what_survived_and_fails_below_the_percentage(project: Project) -> None:
    project.append(
        "pyproject.toml",
        """
        [tool.conformance.source-mutants]
        least = 60
        equivalent = "equivalent.toml"
        """,
    )
    project.write(
        "equivalent.toml",
        """
        [["mine/answers.py"]]
        was = "LIMIT = 7"
        is = "LIMIT = 8"
        reason = "nothing reads it"
        """,
    )

    run = project.pytest(script=RUN)

    killed, survived = 4, 7
    assert run.status == 1
    assert f"{100 * killed / (killed + survived):.1f} % killed; 60 % are demanded" in run.output
    assert "mine/answers.py:9 survived 1 scenario of 1 target" in run.output
    assert "  - response.retry_after = None\n  + pass" in run.output
    assert "mine/answers.py:14 survived 0 scenarios of 0 targets" in run.output
    assert "python -m conformance source-mutants mine/answers.py:9" in run.output
    assert ["mine/answers.py", "12", "4", "1", "7", "1", "36.4"] in map(str.split, run.output.splitlines())


def test_an_equivalent_mutant_that_is_gone_fails_the_run(project: Project) -> None:
    project.append("pyproject.toml", '\n[tool.conformance.source-mutants]\nequivalent = "e.toml"\n')
    project.write("e.toml", '[["mine/answers.py"]]\nwas = "LIMIT = 1"\nis = "LIMIT = 2"\nreason = "old"\n')

    run = project.pytest(script=RUN)

    assert run.status == 1
    assert "an equivalent mutant is no longer there: mine/answers.py |  | LIMIT = 1 | LIMIT = 2" in run.output
