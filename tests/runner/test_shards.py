"""Five machines share a run: each scenario has one shard, which follows from its title alone.

Unit tests, of any titles; that shards make the whole run is in test_complete.py.
"""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.runner.options import shard


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "2/", "a/b", "-1/5", "1/0"])
def test_a_malformed_shard_is_refused(text: str) -> None:
    """argparse makes a usage error of it."""
    with pytest.raises(ArgumentTypeError, match=f"{text!r} is not a shard: write 2/5 for the second of five"):
        shard(text)


@given(st.text(), st.integers(1, 9))
def test_each_scenario_has_one_shard(title: str, count: int) -> None:
    shards = [shard(f"{number}/{count}") for number in range(1, count + 1)]
    assert [each.has(title) for each in shards].count(True) == 1


def test_a_scenario_stays_in_its_shard_when_another_is_added() -> None:
    """On every machine and in every version."""
    shards = [shard(f"{number}/5") for number in range(1, 6)]
    assert [str(each) for each in shards if each.has("openai@engine invoke/text")] == ["5/5"]
