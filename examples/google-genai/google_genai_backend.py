"""Gemini through Google's own SDK, google-genai."""

import json
from typing import Any
from urllib.parse import urlsplit

from google import genai
from google.genai import errors, types
from pydantic import ValidationError
from typing_extensions import override

from provider.adapters import ParsedChunks, candidate_chunks, completion_of_candidate, contents_and_config
from provider.chat import ChatLLM, parse_json, split_options
from provider.chat.decoding import raise_in_band_error
from provider.errors import LLMProviderError, interrupted, malformed, refused
from provider.failures.classify import classify
from provider.http import checked_url, http_client
from provider.http.sse import Beginning, media_type


class GeminiLLM(ChatLLM):
    """A model behind google-genai, whose types are built from JSON, and shown as JSON."""

    decoding_errors = (ValueError, TypeError, AttributeError)

    @override
    def connect(self) -> None:
        url = checked_url(self.base_url) if self.base_url else None
        http = http_client(url, self.timeout)
        http.event_hooks["response"].append(_check)
        self.on_unload.callback(http.close)
        scope = types.ResourceScope.COLLECTION if urlsplit(url or "").path else None  # it has a version
        server = types.HttpOptions(base_url=url, base_url_resource_scope=scope, httpx_client=http)
        self._client = genai.Client(api_key=self.api_key or "none", http_options=server)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        answer = self._client.models.generate_content(**_arguments(self.timeout, request))
        return completion_of_candidate(_json(answer))

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        answers = self._client.models.generate_content_stream(**_arguments(self.timeout, request))
        return ParsedChunks(candidate_chunks(map(_json, answers)), answers.close)

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        if isinstance(error, errors.APIError):
            return classify(error.code, error.details, headers=error.response.headers)
        is_cut = isinstance(error, errors.UnknownApiResponseError)  # an event that is not JSON
        return interrupted() if is_cut else super().failure_from(error)


def _arguments(timeout: float, request: dict[str, Any]) -> dict[str, Any]:
    body, sending = split_options(request)
    contents, config = contents_and_config(body)
    milliseconds = int(sending.get("timeout", timeout) * 1000)
    config["httpOptions"] = {"timeout": milliseconds, "headers": sending.get("extra_headers")}
    try:
        given = types.GenerateContentConfig.model_validate_json(json.dumps(config))
        said = [types.Content.model_validate_json(json.dumps(content)) for content in contents]
    except ValidationError as error:
        raise refused(str(error)) from error
    return {"model": request["model"], "contents": said, "config": given}


def _check(answer: Any) -> None:
    """Raise what the SDK takes for an empty answer: an error inside a 200, a body in place of a stream."""
    kind = media_type(answer.headers.get("content-type", ""))
    if answer.is_success and kind != "text/event-stream" and not Beginning(kind).feed(answer.read()):
        raise_in_band_error(body := parse_json(answer.content))
        if b"alt=sse" in answer.url.query:
            raise malformed("the answer is not an event stream", body)


def _json(answer: types.GenerateContentResponse) -> Any:
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"sdk_http_response"})
