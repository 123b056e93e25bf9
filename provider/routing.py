"""The profiles of a router, whether its methods are awaited or not."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from typing_extensions import override

from provider.base import BaseLLM, DelegatingLLM, LLMAttributes, Message
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)

_NO_PROFILES = "there are no LLM profiles: add one first"

L = TypeVar("L", bound=LLMAttributes)


class _Profile(NamedTuple, Generic[L]):
    settings: Mapping[str, Any]
    backend: L


class Profiles(DelegatingLLM, ABC, Generic[L]):
    """The profiles of a router, and which of them is the default one."""

    def __init__(
        self,
        profiles: Mapping[str, Mapping[str, Any]] | None = None,
        default_llm_profile: str | Callable[[], str | None] | None = None,
    ) -> None:
        self.default_llm_profile = default_llm_profile
        self._llms: dict[str, _Profile[L]] = {}
        self._nobody = self._made_nobody()
        self._missing: str | None = None
        for model_name, profile in (profiles or {}).items():
            self._put(model_name, profile)

    @abstractmethod
    def _built(self, model_name: str, profile: Mapping[str, Any]) -> L:
        """The backend of a profile."""

    @abstractmethod
    def _made_nobody(self) -> L:
        """The default backend where there are no profiles."""

    def _put(self, model_name: str, profile: Mapping[str, Any]) -> L | None:
        """Add a profile; returns the backend that it replaces, None where there was none."""
        added = self._built(model_name, profile)
        replaced = self._take(model_name)
        self._llms[model_name] = _Profile(dict(profile), added)
        return replaced

    def _take(self, model_name: str) -> L | None:
        """Remove a profile; returns its backend, None where there was none."""
        removed = self._llms.pop(model_name, None)
        return None if removed is None else removed.backend

    def list_llms(self) -> list[dict[str, Any]]:
        """The ``model_name``, ``class``, ``endpoint`` and ``context_size`` of each profile.

        And whether it is the ``default``, and ``loaded``.
        """
        active = self.active
        return [
            {
                "model_name": model_name,
                "class": type(backend).__name__,
                "endpoint": settings.get("llm_endpoint") or "",
                "context_size": backend.context_size,
                "default": backend is active,
                "loaded": backend.loaded,
            }
            for model_name, (settings, backend) in list(self._llms.items())
        ]

    def backend(self, model_name: str) -> L:
        """The backend of a profile, which the caller must load.

        Raises:
            KeyError: there is no such profile.
        """
        return self._llms[model_name].backend

    @property
    def active(self) -> L | None:
        """The default backend, None where there are no profiles."""
        default = self.default_llm_profile
        wanted = default() if callable(default) else default
        chosen = self._llms.get(wanted or "")
        if chosen is not None:
            return chosen.backend
        first = next(iter(list(self._llms.values())), None)
        if first is None:
            return None
        if wanted and wanted != self._missing:
            self._missing = wanted  # reported once
            logger.warning("there is no LLM profile %r; using %r", wanted, first.backend.model_name)
        return first.backend

    @property
    @override
    def behind(self) -> L:
        return self.active or self._nobody


class Nobody(BaseLLM):
    """The default backend of a router without profiles: it cannot be loaded."""

    @override
    def load(self) -> bool:
        logger.error(_NO_PROFILES)
        return False

    @override
    def unload(self) -> None:
        pass

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return LLMResponse().failed(LLMProviderError(_NO_PROFILES, kind=ErrorKind.NOT_LOADED))

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        def nothing() -> Generator[str, None, LLMResponse]:
            yield from ()
            return self.invoke(messages)

        return LLMStream(nothing)
