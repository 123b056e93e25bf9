"""litellm streams the responses of models that it does not know, in our calls, and fakes no stream of others.

No scenario: the target ``litellm@engine-responses`` asks an unknown model; what stays is litellm's own.
"""

from __future__ import annotations

import pytest

from provider.litellm.exchange import CapturedExchange, capturing

pytestmark = pytest.mark.parametrize("label", ["litellm@openai"])  # keeps litellm on one worker of xdist


def streams(model: str) -> bool:
    import litellm.utils

    from provider.litellm.native_streams import stream_unknown_models

    stream_unknown_models()
    stream_unknown_models()  # once is enough
    return bool(litellm.utils.supports_native_streaming(model, "openai"))


@pytest.mark.parametrize(
    ("model", "is_streamed"), [("a-deployment", True), ("gpt-5-codex", True), ("o1-pro", False)]
)
def test_a_model_is_streamed_unless_litellm_knows_that_it_cannot(
    model: str, is_streamed: bool, label: str
) -> None:
    del label
    with capturing(CapturedExchange()):
        assert streams(model) is is_streamed


def test_calls_of_the_application_are_as_before(label: str) -> None:
    del label
    assert not streams("a-deployment")
