"""The files and commands of docs/adding-a-backend.md."""

from __future__ import annotations

import re

from tests.package.wheel_environment import REPOSITORY

PAGE = (REPOSITORY / "docs" / "adding-a-backend.md").read_text("utf-8")

BLOCKS: list[tuple[str, str, str]] = re.findall(
    r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)
"""Each block of code: its language, the name of its file or nothing, its text."""

GATEWAY = [text for _, name, text in BLOCKS if name == "gateway.py"][-1]
"""The backend, as the page leaves it."""
