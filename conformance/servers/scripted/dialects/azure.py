"""Azure OpenAI: OpenAI's chat completions behind deployments and content filters."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

PATH = re.compile(r"/openai/deployments/[^/]+/chat/completions")

_SAFE = {
    risk: {"filtered": False, "severity": "safe"} for risk in ("hate", "self_harm", "sexual", "violence")
}
_VIOLENT = {**_SAFE, "violence": {"filtered": True, "severity": "high"}}
_UNDETECTED = {"detected": False, "filtered": False}
_MATERIAL = ("protected_material_code", "protected_material_text")
_INNER_ERROR = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": _VIOLENT}

_GATEWAY: dict[ErrorKind, tuple[int, str]] = {
    "authentication": (
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid"
        " key for an active subscription and use a correct regional API endpoint for your resource.",
    ),
    "permission": (403, "Access denied due to Virtual Network/Firewall rules."),
    "rate_limit": (
        429,
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have"
        " exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds.",
    ),
}
"""Status and message of failures of the gateway; their code is the status."""

_NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within the last"
    " 5 minutes, please wait a moment and try again."
)
_FILTERED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please"
    " modify your prompt and retry."
)


class Azure(OpenAI):
    """Azure's deployments: every choice has the findings of the content filter, and so has a chunk before."""

    base_path: ClassVar[str] = ""
    environment: ClassVar[tuple[str, ...]] = ("AZURE",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        presence_only=words("content_filter_results content_filter_offsets prompt_filter_results"),
    )

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "api-key", key

    @override
    def is_chat(self, request: Request) -> bool:
        """Only the path of a deployment with an API version asks for an answer."""
        return bool(PATH.fullmatch(request.path)) and "api-version" in request.query

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """Without a service tier; a completion has the findings of the filter in the prompt."""
        envelope = super().envelope(answer, kind, model)
        del envelope["service_tier"]
        return envelope | (_prompt_findings() if kind == "chat.completion" else {})

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """With the findings of the filter; a delta without text has none."""
        silent = not content.get("message") and not content["delta"].get("content") and not finish_reason
        found = _VIOLENT if finish_reason == "content_filter" else _SAFE
        findings = {} if silent else {**found, **dict.fromkeys(_MATERIAL, _UNDETECTED)}
        return {"content_filter_results": findings, **super().choice(content, finish_reason)}

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The first chunk has no choice and is about the prompt; without usage no chunk has the field."""
        first = {"choices": [], "created": 0, "id": "", "model": "", "object": "", **_prompt_findings()}
        return [first, *(super().counted(chunks, usage) if usage else chunks)]

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """Errors of the gateway and of the filter have other bodies than those of the model."""
        if kind in _GATEWAY:
            status, words = _GATEWAY[kind]
            return Failure(status, {"error": {"code": str(status), "message": message or words}})
        if kind == "not_found":
            about = {"type": "invalid_request_error", "code": "DeploymentNotFound"}
            return Failure(404, {"error": {**about, "message": message or _NO_DEPLOYMENT}})
        if kind == "content_filter":
            error: dict[str, Any] = {"message": message or _FILTERED, "type": None, "param": "prompt"}
            return Failure(400, {"error": {**error, "code": kind, "status": 400, "innererror": _INNER_ERROR}})
        return super().error(kind, message)


def _prompt_findings() -> dict[str, Any]:
    findings = {**_SAFE, "jailbreak": _UNDETECTED}
    return {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": findings}]}
