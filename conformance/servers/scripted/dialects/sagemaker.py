"""Amazon SageMaker: the chat completions of an endpoint's server, in Amazon's frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.compatible import Compatible
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, compact, identifier
from conformance.servers.scripted.dialects.eventstream import frame
from conformance.servers.scripted.dialects.openai import CREATED, totals
from conformance.spec.dialogue import Answer

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "bad_request": (424, "ModelError", "`temperature` must be strictly positive"),
    "content_filter": (424, "ModelError", "The prompt was blocked by the content filter."),
    "context_limit": (
        424,
        "ModelError",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 9001 `inputs`"
        " tokens and 512 `max_new_tokens`",
    ),
    "not_found": (400, "ValidationException", "Endpoint tiny of account 000000000000 not found."),
    "overloaded": (503, "ServiceUnavailable", "The service is temporarily unavailable."),
    "permission": (
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:user/u is not authorized to perform: sagemaker:InvokeEndpoint",
    ),
    "quota": (402, "ModelError", "You have exceeded your monthly quota of this model package."),
    "rate_limit": (400, "ThrottlingException", "Rate exceeded"),
    "server": (500, "InternalFailure", "An internal failure occurred."),
}
"""Status, type and message of every failure; a ``ModelError`` holds the answer of the endpoint's server."""

_HEADERS = {
    ":message-type": "event",
    ":event-type": "PayloadPart",
    ":content-type": "application/octet-stream",
}


class SageMaker(Compatible):
    """An endpoint whose server has a Messages API, such as Hugging Face's text generation inference.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    """

    path: ClassVar[str] = "/invocations"
    stream_path: ClassVar[str] = "/invocations-response-stream"
    stream_type: ClassVar[str] = "application/vnd.amazon.eventstream"
    base_path: ClassVar[str] = ""
    environment: ClassVar[tuple[str, ...]] = ("AWS", "SAGEMAKER")
    tells_cached_tokens: ClassVar[bool] = False
    wire_format: ClassVar[WireFormat] = WireFormat(free_text=words("Message OriginalMessage"))

    @override
    def carries_key(self, headers: Mapping[str, str], key: str) -> bool:
        """Whether the request is signed with the AWS key of this id."""
        return f"Credential={key}/" in headers.get("authorization", "")

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        about = {"id": identifier(answer, 0), "object": kind, "created": CREATED}
        return {**about, "model": model, "system_fingerprint": "3.3.6-sha-b4"}

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Each event of the endpoint's server in a frame."""
        return [frame(_HEADERS, event) for event in super().stream_events(answer, model, usage, reason)]

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        return totals(usage)

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The server's own answer is a text in that of a ``ModelError``; a header holds the type."""
        status, type_, words = ERRORS[kind]
        body: dict[str, Any] = {"message": message or words}
        if type_ == "ModelError":
            original = compact({"error": message or words, "error_type": "validation"})
            body = {
                "OriginalStatusCode": 422,
                "OriginalMessage": original,
                "LogStreamArn": "arn:aws:logs:::log",
            }
            body["Message"] = f'Received client error (422) from primary with message "{original}".'
        return Failure(status, body, {"x-amzn-errortype": type_})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """An exception frame."""
        _, type_, words = ERRORS[kind]
        headers = {
            ":message-type": "exception",
            ":exception-type": type_,
            ":content-type": "application/json",
        }
        return frame(headers, compact({"Message": message or words}).encode())
