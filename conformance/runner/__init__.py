"""What turns ordinary pytest tests into scenarios; one concern a file, put together by the plugin."""

import pytest


def rewrite_assertions() -> None:
    """Let pytest rewrite the assertions of the laws, so that a failed one shows both sides of its comparison.

    It has an effect only while pytest runs, and only before the modules are imported.
    """
    pytest.register_assert_rewrite(
        "conformance.spec.laws", "conformance.spec.interview", "conformance.runner.stage.snapshots"
    )


rewrite_assertions()
