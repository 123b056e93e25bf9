"""What turns ordinary pytest tests into scenarios; one concern a file, put together by the plugin."""

import pytest

# Before any of them is imported, by whichever way: a failed law shows both sides of its comparison.
pytest.register_assert_rewrite(
    "conformance.spec.laws", "conformance.spec.interview", "conformance.runner.stage.snapshots"
)
