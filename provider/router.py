"""Forwards an application's calls to the backend of its default profile."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from provider.base import BaseLLM, Message
from provider.profiles import build_llm_from_profile
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)


def _of_default(attribute: str) -> Any:
    """A property that reads and sets an attribute of the default backend."""
    return property(
        lambda router: getattr(router._default, attribute),
        lambda router, value: setattr(router._default, attribute, value),
    )


class LLMRouter(BaseLLM):
    """Behaves as the backend of the default profile.

    Args:
        profiles: settings by model name, as :func:`~provider.profiles.build_llm_from_profile` takes them.
        default_llm_profile: the model to use; the first profile where it is missing.

    Raises:
        ValueError: there are no profiles, or one names an unknown class.
    """

    model_name = _of_default("model_name")
    loaded = _of_default("loaded")
    capabilities = _of_default("capabilities")
    context_size = _of_default("context_size")
    last_prompt_tokens = _of_default("last_prompt_tokens")
    last_cached_prompt_tokens = _of_default("last_cached_prompt_tokens")

    def __init__(
        self, profiles: Mapping[str, Mapping[str, Any]], default_llm_profile: str | None = None
    ) -> None:
        if not profiles:
            raise ValueError("there are no LLM profiles: give at least one")
        default = default_llm_profile or next(iter(profiles))
        if default not in profiles:
            logger.warning("there is no LLM profile %r; using %r", default, next(iter(profiles)))
            default = next(iter(profiles))
        # BaseLLM.__init__ is not called: it would reset the attributes of the default backend.
        self._backends = {name: build_llm_from_profile(name, profile) for name, profile in profiles.items()}
        self._default: BaseLLM = self._backends[default]

    def backend(self, model_name: str) -> BaseLLM:
        """The backend of a profile, which the caller must load.

        Raises:
            KeyError: there is no such profile.
        """
        return self._backends[model_name]

    @override
    def load(self) -> bool:
        return self._default.load()

    @override
    def unload(self) -> None:
        """Unload the backends of all profiles."""
        for backend in self._backends.values():
            backend.unload()

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return self._default.invoke(messages, attachments, **kwargs)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        return self._default.stream(messages, attachments, **kwargs)
