"""What was replaced in the modules that judge is found, told and put back.

Unit tests: a scenario shows it of a few modules, and this of each way to replace something.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from conformance.runner.originals import Originals

SOURCE = """
LIMIT = 3
def law(): return "kept"
class Rule:
    def holds(self): return True
"""


class _EqualsAll:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    module, one = ModuleType("judging"), ModuleType("judging.one")
    exec(SOURCE, vars(module))  # noqa: S102 - a module of its own
    vars(one)["ONE"] = object()
    monkeypatch.setitem(sys.modules, "judging", module)
    monkeypatch.setitem(sys.modules, "judging.one", one)
    return module


def _swap_code(module: ModuleType) -> None:
    module.law.__code__ = (lambda: "other").__code__


@pytest.mark.parametrize(
    ("replace", "told"),
    [
        (lambda module: setattr(module, "law", lambda: "other"), "judging.law"),
        (lambda module: setattr(module, "LIMIT", _EqualsAll()), "judging.LIMIT"),
        (lambda module: delattr(module, "law"), "judging.law"),
        (lambda module: setattr(module.Rule, "holds", lambda _: False), "judging.Rule.holds"),
        (lambda module: delattr(module.Rule, "holds"), "judging.Rule.holds"),
        (_swap_code, "judging.law"),
        (lambda _: setattr(sys.modules["judging.one"], "ONE", None), "judging.one.ONE"),
    ],
    ids=["function", "constant", "deleted", "method", "deleted method", "code", "only one"],
)
def test_what_was_replaced_is_told_and_put_back(
    module: ModuleType, replace: Callable[[ModuleType], None], told: str
) -> None:
    one = vars(sys.modules["judging.one"])["ONE"]
    originals = Originals(whole=("judging",))
    originals.note()
    assert [*originals.restored()] == []
    replace(module)
    assert [*originals.restored()] == [f"{told} was replaced"]
    assert [*originals.restored()] == []
    assert (module.LIMIT, module.law(), module.Rule().holds()) == (3, "kept", True)
    assert vars(sys.modules["judging.one"])["ONE"] is one


def test_what_is_new_is_no_replacement(module: ModuleType) -> None:
    originals = Originals(whole=("judging",))
    originals.note()
    module.more = lambda: None  # type: ignore[attr-defined]
    assert [*originals.restored()] == []
