"""What turns ordinary pytest tests into scenarios; one concern a file, put together by the plugin."""

import pytest


def rewrite_assertions() -> None:
    """Let pytest rewrite the laws' assertions, so that a failed one shows both sides of its comparison."""
    pytest.register_assert_rewrite(
        "conformance.spec.laws", "conformance.spec.interview", "conformance.runner.stage.snapshots"
    )


# At the first import of any module here: a conftest.py may import conformance.testing before the plugin.
rewrite_assertions()
