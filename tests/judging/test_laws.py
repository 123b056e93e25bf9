"""The laws of a server are listed in docs/server-laws.md, and each has words and a name of its own.

No recording tests: they read the laws, they ask nothing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.commands.docs.server_laws import page
from conformance.judging.laws.by_api import LAWS
from tests.judging.judging import WRONG

REPOSITORY = Path(__file__).parents[2]


def test_the_page_is_what_the_laws_say() -> None:
    """Otherwise: make docs."""
    assert (REPOSITORY / "docs" / "server-laws.md").read_text("utf-8") == page()


@pytest.mark.parametrize("api", LAWS)
def test_every_law_has_words_and_a_name_of_its_own(api: str) -> None:
    assert [law.id for law in LAWS[api] if not law.words.endswith(".")] == []
    assert [name for name, count in Counter(law.id for law in LAWS[api]).items() if count > 1] == []


def test_every_law_of_chat_completions_is_broken_by_some_wrong_server() -> None:
    laws = {law.id.partition("-")[0] for law in LAWS["chat"]}
    caught = {law for wrong in WRONG for law in wrong.broken}
    assert sorted(laws - caught) == []
