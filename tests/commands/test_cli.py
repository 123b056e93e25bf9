"""The command line as a whole.

Unit test: it is about what is imported before pytest runs.
"""

from __future__ import annotations

import subprocess
import sys

from conformance.runner import ASSERTING


def test_the_command_line_leaves_the_laws_for_pytest_to_rewrite() -> None:
    """Otherwise a failed law says `AssertionError` and nothing more."""
    script = f"import sys, conformance.cli; print({set(ASSERTING)!r} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8")
    assert run.stdout.strip() == "set()"
