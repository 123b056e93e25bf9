"""What turns ordinary pytest tests into scenarios; one concern a file, put together by the plugin."""

import sys

ASSERTING = ("conformance.spec.laws", "conformance.spec.interview", "conformance.runner.stage.snapshots")
"""The modules whose assertions a scenario shows."""


def rewrite_assertions() -> None:
    """Let pytest rewrite the assertions of the laws, so that a failed one shows both sides of its comparison.

    It has an effect only while pytest runs, and only before the modules are imported.
    """
    # A command that starts pytest in another process does without its import, which takes longest.
    if pytest := sys.modules.get("pytest"):
        pytest.register_assert_rewrite(*ASSERTING)


rewrite_assertions()
