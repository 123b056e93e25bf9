"""Vertex AI: Gemini's models under another path, for a token that a service account asks for first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted import google_account
from conformance.servers.scripted.dialects.dialect import Dialect, ErrorKind, Usage
from conformance.servers.scripted.dialects.gemini import Gemini, Part, by_modality
from conformance.servers.scripted.dialects.gemini_errors import GEMINI, Words, error_info
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script
from conformance.spec.dialogue import Answer

ERRORS: dict[ErrorKind, Words] = {
    **GEMINI,
    "authentication": (
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or"
        " other valid authentication credential.",
        error_info("ACCESS_TOKEN_TYPE_UNSUPPORTED", "aiplatform.googleapis.com"),
    ),
    "not_found": (
        404,
        "NOT_FOUND",
        "Publisher Model `projects/p/locations/l/publishers/google/models/tiny` was not found or your"
        " project does not have access to it.",
        None,
    ),
    "permission": (
        403,
        "PERMISSION_DENIED",
        "Permission 'aiplatform.endpoints.predict' denied on resource"
        " '//aiplatform.googleapis.com/projects/p' (or it may not exist).",
        error_info("IAM_PERMISSION_DENIED", "aiplatform.googleapis.com"),
    ),
    "quota": (
        403,
        "PERMISSION_DENIED",
        "This API method requires billing to be enabled. Please enable billing on project #1, then retry.",
        error_info("BILLING_DISABLED", "aiplatform.googleapis.com"),
    ),
    "rate_limit": (
        429,
        "RESOURCE_EXHAUSTED",
        "Resource exhausted. Please try again later. Please refer to"
        " https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
        None,
    ),
}
"""Gemini's failures, but those of tokens in place of keys and of bills in place of tiers."""


class GoogleAccount(Dialect):
    """A server that a Google account asks with a token, which it grants too."""

    environment: ClassVar[tuple[str, ...]] = ("VERTEXAI", "GOOGLE")

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        """The token that is granted to the service account with this key."""
        return "authorization", f"Bearer {google_account.access_token(key)}"

    @override
    def key_headers(self, key: str) -> tuple[tuple[str, str], ...]:
        return (self.key_header(key),)

    @override
    def with_other_paths(self, handler: Handler) -> Handler:
        """Requests for a token are granted; all others are the model's."""
        elsewhere = super().with_other_paths(handler)

        def answer(request: Request) -> Script:
            asked = request.path == google_account.TOKEN_PATH
            return google_account.granted(request) if asked else elsewhere(request)

        return answer


class Vertex(GoogleAccount, Gemini):
    """Gemini on Vertex AI."""

    errors: ClassVar[Mapping[ErrorKind, Words]] = ERRORS

    @override
    def candidate(self, content: list[Part], reason: str | None) -> dict[str, Any]:
        """A candidate without an index."""
        return {name: value for name, value in super().candidate(content, reason).items() if name != "index"}

    @override
    def envelope(self, answer: Answer, model: str) -> dict[str, Any]:
        return {**super().envelope(answer, model), "createTime": "2026-05-27T16:53:45.443719Z"}

    @override
    def tokens(self, usage: Usage, answer: Answer) -> dict[str, Any]:
        """With the candidates' modalities, and the kind of traffic."""
        counts = super().tokens(usage, answer)
        details = by_modality(counts["candidatesTokenCount"])
        return {**counts, "candidatesTokensDetails": details, "trafficType": "ON_DEMAND"}
