"""The failures of Amazon Bedrock, the same for all its models."""

from __future__ import annotations

from conformance.servers.scripted.dialects.dialect import ErrorKind

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "bad_request": (
        400,
        "ValidationException",
        "The model returned the following errors: Malformed input request: #/messages/2/content/0:"
        " extraneous key [toolResult] is not permitted, please reformat your input and try again.",
    ),
    "content_filter": (
        400,
        "ValidationException",
        "The model returned the following errors: Output blocked by content filtering policy",
    ),
    "context_limit": (400, "ValidationException", "Input is too long for requested model."),
    "not_found": (
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life."
        " Please refer to the AWS documentation for more details.",
    ),
    "overloaded": (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "permission": (403, "AccessDeniedException", "You don't have access to the model with the specified ID."),
    "quota": (400, "ServiceQuotaExceededException", "Your request exceeds the quota for your account."),
    "rate_limit": (429, "ThrottlingException", "Too many tokens, please wait before trying again."),
    "server": (
        500,
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
}
"""Status, type and message of every failure."""
