"""Routes an application to the backend of its default profile."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from provider.base import BaseLLM, Message
from provider.profiles import build_llm_from_profile
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)


class LLMRouter(BaseLLM):
    """Behaves as the backend of the default profile.

    Args:
        profiles: settings by model name, as :func:`~provider.profiles.build_llm_from_profile` takes them.
        default_llm_profile: the model to use; the first profile where it is missing.

    Raises:
        ValueError: there are no profiles, or one names an unknown class.
    """

    def __init__(
        self, profiles: Mapping[str, Mapping[str, Any]], default_llm_profile: str | None = None
    ) -> None:
        if not profiles:
            raise ValueError("there are no LLM profiles: give at least one")
        default = default_llm_profile or next(iter(profiles))
        if default not in profiles:
            logger.warning("there is no LLM profile %r; using %r", default, next(iter(profiles)))
            default = next(iter(profiles))
        # BaseLLM.__init__ is not called: the attributes that it sets are the default backend's here.
        self._backends = {name: build_llm_from_profile(name, profile) for name, profile in profiles.items()}
        self._default: BaseLLM = self._backends[default]

    def backend(self, model_name: str) -> BaseLLM:
        """The backend of a profile; its ``load`` is left to the caller.

        Raises:
            KeyError: there is no such profile.
        """
        return self._backends[model_name]

    def __getattribute__(self, name: str) -> Any:
        # The attributes of BaseLLM are read from the default backend, which changes them.
        if name in _MIRRORED:
            return getattr(self._default, name)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _MIRRORED:
            setattr(self._default, name, value)
        else:
            super().__setattr__(name, value)

    def load(self) -> bool:
        """Load the default backend."""
        return self._default.load()

    def unload(self) -> None:
        """Unload every backend that was loaded."""
        for backend in self._backends.values():
            backend.unload()

    def invoke(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask the default backend."""
        return self._default.invoke(messages, attachments, **kwargs)

    def stream(
        self, messages: Sequence[Message], attachments: Sequence[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        """Ask the default backend, delta by delta."""
        return self._default.stream(messages, attachments, **kwargs)


_MIRRORED = frozenset(
    {
        "model_name",
        "loaded",
        "capabilities",
        "context_size",
        "last_prompt_tokens",
        "last_cached_prompt_tokens",
    }
)
