"""Lets litellm stream the responses of models that it does not know."""

from __future__ import annotations

from collections.abc import Callable

import litellm.utils

from provider.litellm.exchange import current_exchange


def stream_unknown_models() -> None:
    """Let litellm ask for a stream of a response in our calls, once, also of a model not in its table.

    For such a model, as of a deployment that its owner has named, it asks for a whole response and makes one
    delta of it (https://github.com/BerriAI/litellm/issues/21090). The table has those that cannot stream.
    """
    if not isinstance(litellm.utils.supports_native_streaming, _StreamsUnknown):
        litellm.utils.supports_native_streaming = _StreamsUnknown(litellm.utils.supports_native_streaming)


class _StreamsUnknown:
    def __init__(self, supports: Callable[[str, str | None], bool]) -> None:
        self._supports = supports

    def __call__(self, model: str, custom_llm_provider: str | None) -> bool:
        names = {model, f"{custom_llm_provider}/{model}"}
        is_unknown = current_exchange() is not None and names.isdisjoint(litellm.model_cost)
        return is_unknown or self._supports(model, custom_llm_provider)
