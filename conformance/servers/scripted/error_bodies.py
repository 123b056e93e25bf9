"""The bodies in which servers that speak OpenAI's wire report an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol


class ErrorDetails(Protocol):
    """The details of a failure, whatever body holds them."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None for an error inside a 200."""

    @property
    def type(self) -> str | None:
        """The structured type."""

    @property
    def code(self) -> Any:
        """The structured code."""

    @property
    def text(self) -> str:
        """The message."""


def openai_body(error: ErrorDetails) -> Any:
    """OpenAI's and most others': an object ``error``."""
    return {"error": {"message": error.text, "type": error.type, "param": None, "code": error.code}}


def plain_string(error: ErrorDetails) -> Any:
    """LM Studio's, about half of the time: ``error`` is a text."""
    return {"error": error.text}


def flat(error: ErrorDetails) -> Any:
    """vLLM's: nothing around the fields."""
    return {"object": "error", "message": error.text, "type": error.type, "param": None, "code": error.code}


def anthropic_body(error: ErrorDetails) -> Any:
    """Anthropic's, as proxies pass it on: a type and no code."""
    inner = {"type": error.type or error.code or "error", "message": error.text}
    return {"type": "error", "error": inner, "request_id": "req_1"}


def listed(error: ErrorDetails) -> Any:
    """Gemini's where a stream was asked for: a list; the code is the status."""
    return [
        {"error": {"code": error.status or 200, "message": error.text, "status": error.code or error.type}}
    ]


def nested_text(error: ErrorDetails) -> Any:
    """Gemini's through a proxy: JSON inside the message."""
    return {"error": {"message": json.dumps(openai_body(error)), "code": None, "type": None}}


def wrapped(error: ErrorDetails) -> Any:
    """OpenRouter's: the provider's own body as text in the metadata."""
    metadata = {"raw": json.dumps(openai_body(error)), "provider_name": "Somebody"}
    return {"error": {"message": "Provider returned error", "code": error.status, "metadata": metadata}}


def llama_cpp(error: ErrorDetails) -> Any:
    """llama.cpp's: the code is the status, and numbers stand beside it."""
    numbers = {"n_prompt_tokens": 9001, "n_ctx": 8192}
    return {
        "error": {"code": error.status, "message": error.text, "type": error.code or error.type, **numbers}
    }


def without_type(error: ErrorDetails) -> Any:
    """Copilot's: a code and no type."""
    return {"error": {"message": error.text, "code": error.code or error.type}}


def detail(error: ErrorDetails) -> Any:
    """A gateway's: a message and nothing else."""
    return {"detail": error.text}


def framework(error: ErrorDetails) -> Any:
    """A web framework's: the status, its name, and the message."""
    status = HTTPStatus(error.status) if error.status in list(HTTPStatus) else HTTPStatus.BAD_REQUEST
    named = {"statusCode": error.status, "error": status.phrase}
    return {**named, "message": error.text, "code": error.code or error.type}


def invalid_field(error: ErrorDetails) -> Any:
    """FastAPI's for a field that it refuses: a list of messages, each with its place."""
    return {"detail": [{"loc": ["body", "messages"], "msg": error.text, "type": error.code or error.type}]}


def problem(error: ErrorDetails) -> Any:
    """That of RFC 9457, where the title is the whole message."""
    return {"type": error.code or error.type, "title": error.text, "status": error.status}


def google(error: ErrorDetails) -> Any:
    """Google's: the reason stands in the details, and so may the message."""
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": error.code or error.type}
    return {"error": {"code": error.status, "details": [reason, {"description": error.text}]}}


def google_quota(error: ErrorDetails) -> Any:
    """Google's for a quota: what was exceeded stands in the violations."""
    violation = {"quotaId": error.code or error.type}
    return {"error": {"message": error.text, "details": [{"violations": [violation]}]}}


def azure(error: ErrorDetails) -> Any:
    """Azure's: the code stands in the inner error."""
    return {"error": {"message": error.text, "innererror": {"code": error.code or error.type}}}


def aws(error: ErrorDetails) -> Any:
    """AWS's JSON protocols'."""
    return {"__type": error.type or error.code, "Message": error.text}


def sagemaker(error: ErrorDetails) -> Any:
    """SageMaker's: the model's own body as text."""
    return {"ErrorCode": "CLIENT_ERROR_FROM_MODEL", "OriginalMessage": json.dumps(openai_body(error))}


def lambda_function(error: ErrorDetails) -> Any:
    """That of a function of AWS Lambda."""
    return {"errorMessage": error.text, "error_type": error.code or error.type}


def minimax(error: ErrorDetails) -> Any:
    """MiniMax's."""
    return {"base_resp": {"status_code": error.code or error.type, "status_msg": error.text}}


def errors(error: ErrorDetails) -> Any:
    """Cloudflare's and watsonx's: a list beside the status."""
    return {"success": False, "errors": [{"code": error.code or error.type, "message": error.text}]}


def event(error: ErrorDetails) -> Any:
    """That of OpenAI's Responses API: the response that failed."""
    return {"type": "response.failed", "response": {"status": "failed", **openai_body(error)}}


def parameter(error: ErrorDetails) -> Any:
    """A gateway's that puts the message where the name of a parameter belongs."""
    words = f"It said: {error.text}"
    return {"error": {"error_message": "", "code": error.code or error.type, "param": words}}


def message_object(error: ErrorDetails) -> Any:
    """A gateway's whose message is the provider's error."""
    return {"message": {"error_message": error.text, "statusCode": error.status, "reason": error.code}}


class ErrorBody(NamedTuple):
    """A body of an error, and which details it has a field for.

    Attributes:
        body: puts them.
        has_code: whether type and code have a place.
        has_status: whether the HTTP status has one, so that it is not lost inside a stream.
    """

    body: Callable[[ErrorDetails], Any]
    has_code: bool = True
    has_status: bool = False

    @property
    def name(self) -> str:
        """The name of the function, for test ids."""
        return self.body.__name__

    def keeps_status(self, error: ErrorDetails) -> bool:
        """Whether the body alone tells the status, or there is no status."""
        coded = self.has_code and str(error.code) == str(error.status)
        return self.has_status or error.status is None or coded


ERROR_BODIES = [
    ErrorBody(openai_body),
    ErrorBody(plain_string, has_code=False),
    ErrorBody(flat),
    ErrorBody(anthropic_body),
    ErrorBody(listed, has_status=True),
    ErrorBody(nested_text),
    ErrorBody(wrapped, has_status=True),
    ErrorBody(llama_cpp, has_status=True),
    ErrorBody(without_type),
    ErrorBody(detail, has_code=False),
    ErrorBody(framework, has_status=True),
]
"""Every body that has a message; an empty body and a web page have none."""

STATUS_BODIES = [
    *(ErrorBody(body) for body in (invalid_field, google_quota, azure, aws, sagemaker, lambda_function)),
    *(ErrorBody(body) for body in (minimax, errors, event, parameter, message_object)),
    *(ErrorBody(body, has_status=True) for body in (problem, google)),
]
"""Bodies that come with the status of the error alone."""
