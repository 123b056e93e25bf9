"""Forwards an application's calls to the backend of its default profile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from typing_extensions import override

from provider.base import BaseLLM, Message
from provider.errors import ErrorKind, LLMProviderError
from provider.profiles import build_llm_from_profile
from provider.response import LLMResponse, LLMStream

logger = logging.getLogger(__name__)

_NO_PROFILES = "there are no LLM profiles: add one first"


def _of_active(attribute: str) -> Any:
    """A property that reads and sets an attribute of the default backend."""
    return property(
        lambda router: getattr(router._backend, attribute),
        lambda router, value: setattr(router._backend, attribute, value),
    )


class _Profile(NamedTuple):
    settings: Mapping[str, Any]
    backend: BaseLLM


class LLMRouter(BaseLLM):
    """Behaves as the backend of the default profile, which is looked up at each call.

    Args:
        profiles: settings by model name, as :func:`~provider.profiles.build_llm_from_profile` takes them.
        default_llm_profile: the model to use, or a function that returns it; the first profile where it is
            missing.

    Attributes:
        default_llm_profile: as given; may be set.

    Raises:
        ValueError: a profile names an unknown class.
    """

    model_name = _of_active("model_name")
    loaded = _of_active("loaded")
    capabilities = _of_active("capabilities")
    context_size = _of_active("context_size")
    last_prompt_tokens = _of_active("last_prompt_tokens")
    last_cached_prompt_tokens = _of_active("last_cached_prompt_tokens")

    def __init__(
        self,
        profiles: Mapping[str, Mapping[str, Any]] | None = None,
        default_llm_profile: str | Callable[[], str | None] | None = None,
    ) -> None:
        # BaseLLM.__init__ is not called: it would reset the attributes of the default backend.
        self.default_llm_profile = default_llm_profile
        self._llms: dict[str, _Profile] = {}
        self._nobody = _Nobody("no LLM")
        self._missing: str | None = None
        for model_name, profile in (profiles or {}).items():
            self.add_llm(model_name, profile)

    def add_llm(self, model_name: str, profile: Mapping[str, Any]) -> None:
        """Add a profile, without loading its backend; one of the same name is replaced and unloaded.

        Raises:
            ValueError: the profile names an unknown class.
        """
        added = _Profile(dict(profile), build_llm_from_profile(model_name, profile))
        self.remove_llm(model_name)
        self._llms[model_name] = added

    def remove_llm(self, model_name: str) -> None:
        """Remove a profile and unload its backend; does nothing where there is none of this name."""
        removed = self._llms.pop(model_name, None)
        if removed is not None:
            removed.backend.unload()

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

    def backend(self, model_name: str) -> BaseLLM:
        """The backend of a profile, which the caller must load.

        Raises:
            KeyError: there is no such profile.
        """
        return self._llms[model_name].backend

    @property
    def active(self) -> BaseLLM | None:
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
    def _backend(self) -> BaseLLM:
        return self.active or self._nobody

    @override
    def load(self) -> bool:
        return self._backend.load()

    @override
    def unload(self) -> None:
        """Unload the backends of all profiles."""
        for _, backend in list(self._llms.values()):
            backend.unload()

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return self._backend.invoke(messages, attachments, **kwargs)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        return self._backend.stream(messages, attachments, **kwargs)


class _Nobody(BaseLLM):
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
