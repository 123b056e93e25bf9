"""What the APIs that can be judged have in common: how they are asked, and how their answers are read."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from conformance.judging.exchange import Exchange, Sent
from conformance.judging.reading import Reading
from conformance.judging.shape import Shape, shape_of
from conformance.spec.dialogue import Turn


class Api(ABC):
    """One API of a provider."""

    name: ClassVar[str]
    """What ``--api`` calls it."""

    provider: ClassVar[str]
    """Whose API it is."""

    path: ClassVar[str]
    """The path of a question, behind the base URL."""

    messages_field: ClassVar[str] = "messages"
    """The field with the conversation."""

    limit_field: ClassVar[str] = "max_tokens"
    """The field that limits the tokens of an answer."""

    endings: ClassVar[Mapping[str, str]]
    """The provider's names for the endings ``stop``, ``length``, ``stop_sequence`` and ``tool_calls``."""

    answer_type: ClassVar[type[BaseModel]]
    """What a whole answer is."""

    error_type: ClassVar[type[BaseModel]]
    """What the body of an error is."""

    headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json", "accept-encoding": "identity"}
    """Of every request."""

    @abstractmethod
    def key_header(self, key: str) -> tuple[str, str]:
        """The header with the key."""

    @abstractmethod
    def question(self, model: str, turn: Turn, *, stream: bool, params: Mapping[str, Any]) -> dict[str, Any]:
        """The body that asks ``turn``.

        Args:
            model: the model.
            turn: what is asked.
            stream: whether the answer comes as a stream, which then counts its tokens.
            params: further parameters, named as in chat completions; they replace those of the turn.
        """

    @abstractmethod
    def whole(self, exchange: Exchange) -> Reading:
        """A whole answer, as far as it can be read."""

    @abstractmethod
    def streamed(self, exchange: Exchange) -> Reading:
        """A streamed answer, as far as it can be read."""

    def whole_shape(self, whole: Reading) -> Shape:
        """How a whole answer fits its type."""
        return shape_of(whole.exchange.body, self.answer_type)

    @abstractmethod
    def stream_shape(self, streamed: Reading) -> Shape:
        """How the events of a stream fit their types; their fields are named with the type before them."""

    def error_faults(self, exchange: Exchange) -> Sequence[str]:
        """How the body of an error differs from the provider's, a sentence each."""
        return shape_of(exchange.body, self.error_type).faults

    def sent(self, body: Any, path: str | None = None, key: str = "given") -> Sent:
        """A request with ``body``, which is sent as it is where it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return Sent("POST", path or self.path, data, key)
