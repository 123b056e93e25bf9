"""Forwards an application's calls to the backend of its default profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from provider.base import AsyncBaseLLM, BaseLLM, Message
from provider.profiles import build_llm_from_profile
from provider.response import AsyncLLMStream, LLMResponse, LLMStream
from provider.routing import Nobody, Profiles
from provider.threads import in_threads


class LLMRouter(Profiles[BaseLLM], BaseLLM):
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

    @override
    def _built(self, model_name: str, profile: Mapping[str, Any]) -> BaseLLM:
        return build_llm_from_profile(model_name, profile)

    @override
    def _made_nobody(self) -> BaseLLM:
        return Nobody("no LLM")

    def add_llm(self, model_name: str, profile: Mapping[str, Any]) -> None:
        """Add a profile, without loading its backend; one of the same name is replaced and unloaded.

        Raises:
            ValueError: the profile names an unknown class.
        """
        replaced = self._put(model_name, profile)
        if replaced is not None:
            replaced.unload()

    def remove_llm(self, model_name: str) -> None:
        """Remove a profile and unload its backend; does nothing where there is none of this name."""
        removed = self._take(model_name)
        if removed is not None:
            removed.unload()

    @override
    def load(self) -> bool:
        return self.behind.load()

    @override
    def unload(self) -> None:
        """Unload the backends of all profiles."""
        for _, backend in list(self._llms.values()):
            backend.unload()

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return self.behind.invoke(messages, attachments, **kwargs)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        return self.behind.stream(messages, attachments, **kwargs)


class AsyncLLMRouter(Profiles[AsyncBaseLLM], AsyncBaseLLM):
    """An asynchronous :class:`LLMRouter`, with its arguments."""

    @override
    def _built(self, model_name: str, profile: Mapping[str, Any]) -> AsyncBaseLLM:
        return build_llm_from_profile(model_name, profile, asynchronous=True)

    @override
    def _made_nobody(self) -> AsyncBaseLLM:
        return in_threads(Nobody("no LLM"))

    async def add_llm(self, model_name: str, profile: Mapping[str, Any]) -> None:
        """Add a profile, without loading its backend; one of the same name is replaced and unloaded.

        Raises:
            ValueError: the profile names an unknown class.
        """
        replaced = self._put(model_name, profile)
        if replaced is not None:
            await replaced.unload()

    async def remove_llm(self, model_name: str) -> None:
        """Remove a profile and unload its backend; does nothing where there is none of this name."""
        removed = self._take(model_name)
        if removed is not None:
            await removed.unload()

    @override
    async def load(self) -> bool:
        return await self.behind.load()

    @override
    async def unload(self) -> None:
        """Unload the backends of all profiles."""
        for _, backend in list(self._llms.values()):
            await backend.unload()

    @override
    async def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return await self.behind.invoke(messages, attachments, **kwargs)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> AsyncLLMStream:
        return self.behind.stream(messages, attachments, **kwargs)
