"""The numbers of the README: what answers, and how much there is, with the day on which it was counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from conformance.commands.docs.parts import part, with_part

NAME = "counts"
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=\.\n$)")


def collected() -> dict[str, Any]:
    """What the whole suite is made of, collected in a process of its own; see ``collecting.py``."""
    command = [sys.executable, "-m", "conformance.commands.docs.collecting"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def with_counts(readme: str, found: Mapping[str, Any], bugs: int, today: date) -> str:
    """The README with its numbers; where none has changed, their day stays.

    Args:
        readme: its present text.
        found: what the suite is made of.
        bugs: how many real bugs are behind the scenarios.
        today: the day of the count.
    """
    text = (
        f"What answers: **{found['answered']}**.\n"
        f"In numbers: {found['extent']}, {found['runs']:,} runs, {bugs} real bugs; "
        f"counted {today}.\n"
    )
    same = _DAY.sub("", part(readme, NAME)) == _DAY.sub("", text)
    return readme if same else with_part(readme, NAME, text)
