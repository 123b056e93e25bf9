"""Partners' models at Vertex AI: their own wires, behind the paths, tokens and errors of Google's.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models
"""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects.anthropic import Anthropic
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure
from conformance.servers.scripted.dialects.mistral import Mistral
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.dialects.vertex import GoogleAccount, Vertex

_GOOGLE = Vertex()


class VertexClaude(GoogleAccount, Anthropic):
    """Claude: Anthropic's messages."""

    path: ClassVar[str] = ":rawPredict"
    stream_path: ClassVar[str] = ":streamRawPredict"

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        return gateway_error(kind, message) or super().error(kind, message)


class VertexMistral(GoogleAccount, Mistral):
    """Mistral: its chat completions, at the paths that Claude has."""

    path: ClassVar[str] = VertexClaude.path
    stream_path: ClassVar[str] = VertexClaude.stream_path

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        return gateway_error(kind, message) or super().error(kind, message)


class VertexOpenAI(GoogleAccount, OpenAI):
    """Llama, DeepSeek, Qwen and others: OpenAI's chat completions."""

    path: ClassVar[str] = "/endpoints/openapi/chat/completions"
    base_path: ClassVar[str] = ""

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        return gateway_error(kind, message) or super().error(kind, message)


def gateway_error(kind: ErrorKind, message: str | None) -> Failure | None:
    """A failure that Google reports in its own form, before the model is asked; None for one of the model."""
    own = kind in ("authentication", "not_found", "permission", "quota", "rate_limit")
    return _GOOGLE.error(kind, message) if own else None
