"""Vertex AI: Gemini's models under another path, for a token that a service account asks for first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted import google_account
from conformance.servers.scripted.dialects.dialect import ErrorKind, Usage
from conformance.servers.scripted.dialects.gemini import Gemini, Part, by_modality
from conformance.servers.scripted.dialects.gemini_errors import VERTEX, Words
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script
from conformance.spec.dialogue import Answer


class Vertex(Gemini):
    """Gemini on Vertex AI; its server grants the tokens too."""

    environment: ClassVar[tuple[str, ...]] = ("VERTEXAI", "GOOGLE")
    errors: ClassVar[Mapping[ErrorKind, Words]] = VERTEX

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        """The token that is granted to the service account with this key."""
        return "authorization", f"Bearer {google_account.access_token(key)}"

    @override
    def candidate(self, said: list[Part], reason: str | None) -> dict[str, Any]:
        """A candidate without an index."""
        return {name: value for name, value in super().candidate(said, reason).items() if name != "index"}

    @override
    def envelope(self, answer: Answer, model: str) -> dict[str, Any]:
        return {**super().envelope(answer, model), "createTime": "2026-05-27T16:53:45.443719Z"}

    @override
    def tokens(self, usage: Usage, answer: Answer) -> dict[str, Any]:
        """With the candidates' modalities, and the kind of traffic."""
        counts = super().tokens(usage, answer)
        details = by_modality(counts["candidatesTokenCount"])
        return {**counts, "candidatesTokensDetails": details, "trafficType": "ON_DEMAND"}

    @override
    def with_other_paths(self, handler: Handler) -> Handler:
        """Requests for a token are granted; all others are Gemini's."""
        elsewhere = super().with_other_paths(handler)

        def answer(request: Request) -> Script:
            asked = request.path == google_account.TOKEN_PATH
            return google_account.granted(request) if asked else elsewhere(request)

        return answer
