"""The contract between an application and its LLM backends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

    from provider.response import AsyncLLMStream, LLMResponse, LLMStream

Message = Mapping[str, Any]
"""One chat message in the form of OpenAI's chat completions."""

MODALITIES = ("image", "audio", "video")


class LLMAttributes:
    """What is known of one model behind one provider, whether its methods are awaited or not.

    Attributes:
        model_name: the model, as the provider calls it.
        loaded: whether ``load`` has succeeded and ``unload`` was not called since.
        capabilities: for each of ``image``, ``audio``, ``video``: True, False, or None where unknown.
        context_size: the context window in tokens, None where nobody has told it.
        last_prompt_tokens: prompt tokens of the latest answer, None where the provider has not counted them.
        last_cached_prompt_tokens: how many of them came from the provider's cache; None likewise.
    """

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name
        self.loaded = False
        self.capabilities: dict[str, bool | None] = dict.fromkeys(MODALITIES)
        self.context_size: int | None = None
        self.last_prompt_tokens: int | None = None
        self.last_cached_prompt_tokens: int | None = None

    def has_capability(self, modality: str) -> bool:
        """Whether the model is known to accept ``modality`` (``image``, ``audio`` or ``video``)."""
        return self.capabilities.get(modality) is True

    def __repr__(self) -> str:
        state = "loaded" if self.loaded else "not loaded"
        return f"<{type(self).__name__} {self.model_name} ({state})>"


def _of_behind(name: str) -> Any:
    return property(
        lambda self: getattr(self.behind, name), lambda self, value: setattr(self.behind, name, value)
    )


class DelegatingLLM(LLMAttributes):
    """Has the attributes of another backend, ``behind`` it. ``__init__`` would set them: do not call it."""

    behind: Any
    model_name = _of_behind("model_name")
    loaded = _of_behind("loaded")
    capabilities = _of_behind("capabilities")
    context_size = _of_behind("context_size")
    last_prompt_tokens = _of_behind("last_prompt_tokens")
    last_cached_prompt_tokens = _of_behind("last_cached_prompt_tokens")


class BaseLLM(LLMAttributes, ABC):
    """One model behind one provider, for synchronous applications.

    An instance may be used by many threads at once. Messages, tools and keyword arguments are never changed.
    """

    @abstractmethod
    def load(self) -> bool:
        """Make the backend ready. Idempotent. Returns False, and logs the reason, when that fails."""

    @abstractmethod
    def unload(self) -> None:
        """Release sockets, threads, and the model if this instance loaded it. Idempotent."""

    @abstractmethod
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask for one answer.

        An attachment is a path, bytes or a data URL; or an object or a mapping with ``path``, and with
        ``file_name``, ``modality`` and ``parsed_text`` where it has them. What the model is not known to take
        is replaced by its ``parsed_text``.
        Keyword arguments are parameters of the model; ``timeout`` and ``extra_headers`` apply to this call.

        Raises:
            LLMProviderError: the prompt does not fit the context window (``code="context_limit"``).
        """

    @abstractmethod
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        """Ask for one answer, delta by delta; iterating raises as ``invoke`` does."""

    def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask for one answer that may call ``tools``."""
        return self.invoke(messages, tools=tools, **kwargs)

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(self, *raised: object) -> None:
        self.unload()


class AsyncBaseLLM(LLMAttributes, ABC):
    """One model behind one provider, for applications with an event loop.

    It takes, answers and raises what :class:`BaseLLM` does. An instance may be made outside a loop, and be
    used by many tasks at once, and by one loop after the other. A cancelled call frees its connection, and is
    never answered by an error.
    """

    @abstractmethod
    async def load(self) -> bool:
        """Make the backend ready. Idempotent. Returns False, and logs the reason, when that fails."""

    @abstractmethod
    async def unload(self) -> None:
        """Release sockets, tasks, and the model if this instance loaded it. Idempotent."""

    @abstractmethod
    async def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask for one answer, as :meth:`BaseLLM.invoke` does.

        Raises:
            LLMProviderError: the prompt does not fit the context window (``code="context_limit"``).
        """

    @abstractmethod
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> AsyncLLMStream:
        """Ask for one answer, delta by delta; iterating raises as ``invoke`` does. It is not awaited."""

    async def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        """Ask for one answer that may call ``tools``."""
        return await self.invoke(messages, tools=tools, **kwargs)

    async def __aenter__(self) -> Self:
        await self.load()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.unload()
