"""Gemini through Google's own SDK, google-genai."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from google import genai
from google.genai import errors, types
from pydantic import ValidationError
from typing_extensions import override

from provider.adapters import ParsedChunks, chat_completion, turns
from provider.chat import ChatLLM, parse_json, split_options
from provider.chat.decoding import raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import LLMProviderError, interrupted, malformed, refused
from provider.failures.classify import classify
from provider.http import checked_url, http_client

NAMES = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "n": "candidate_count",
}
MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
SIGNATURE = "thought_signature"


class GeminiLLM(ChatLLM):
    """A model behind google-genai."""

    decoding_errors = (ValueError, TypeError, AttributeError)

    @override
    def connect(self) -> None:
        url = checked_url(self.base_url) if self.base_url else None
        scope = types.ResourceScope.COLLECTION if urlsplit(url or "").path else None  # it names a version
        http = http_client(url, self.timeout)
        self.on_unload.callback(http.close)
        http.event_hooks["response"].append(_check)
        server = types.HttpOptions(base_url=url, base_url_resource_scope=scope, httpx_client=http)
        self._client = genai.Client(api_key=self.api_key or "none", http_options=server)

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return _completion(self._client.models.generate_content(**self._arguments(request)))

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        answers = self._client.models.generate_content_stream(**self._arguments(request))
        return ParsedChunks(_chunks(answers), answers.close)

    def _arguments(self, request: dict[str, Any]) -> dict[str, Any]:
        body, sending = split_options(request)
        model, messages, _ = body.pop("model"), body.pop("messages"), body.pop("stream", None)
        timeout = int(sending.get("timeout", self.timeout) * 1000)
        http = {"timeout": timeout, "headers": sending.get("extra_headers")}
        contents = list(_contents(messages))
        system = [part for role, parts in contents if role == "system" for part in parts]
        config = {**_config(**body), "system_instruction": system or None, "http_options": http}
        try:
            return {
                "model": model,
                "contents": _joined(contents),
                "config": types.GenerateContentConfig.model_validate_json(json.dumps(config)),
            }
        except ValidationError as error:
            raise refused(str(error)) from error

    @override
    def failure_from(self, error: Exception) -> LLMProviderError:
        if isinstance(error, errors.APIError):
            return classify(error.code, error.details, error)
        if isinstance(error, errors.UnknownApiResponseError):  # an event that is not JSON
            return interrupted()
        return super().failure_from(error)


def _check(answer: Any) -> None:
    """Raise what the SDK takes for an empty answer: an error inside a 200, a body in place of a stream."""
    is_stream = "event-stream" in answer.headers.get("content-type", "")
    if answer.is_success and not is_stream:
        raise_in_band_error(body := parse_json(answer.read()))
        if b"alt=sse" in answer.url.query:
            raise malformed("the answer is not an event stream", body)


def _config(
    tools: Any = (), tool_choice: Any = "", response_format: Any = None, stop: Any = None, **rest: Any
) -> dict[str, Any]:
    config = {NAMES.get(name, name): value for name, value in rest.items()}
    config["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    functions = [dict(tool["function"]) for tool in tools]
    for function in functions:
        function["parameters_json_schema"] = function.pop("parameters", None)
    if functions:
        config["tools"] = [{"function_declarations": functions}]
    if tool_choice:
        named = [] if isinstance(tool_choice, str) else [tool_choice["function"]["name"]]
        mode = "ANY" if named else MODES.get(tool_choice, tool_choice)
        chosen = {"mode": mode, "allowed_function_names": named or None}
        config["tool_config"] = {"function_calling_config": chosen}
    if response_format and response_format["type"] != "text":
        schema = response_format.get("json_schema", {}).get("schema")
        config |= {"response_mime_type": "application/json", "response_json_schema": schema}
    return config


def _contents(messages: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for message, (role, parts) in zip(messages, turns(messages, _image), strict=True):
        calls = iter(message.get("tool_calls", ()))
        sent: list[dict[str, Any]] = []
        for kind, *fields in parts:
            if kind == "call":
                name, arguments, id_ = fields
                call = {"name": name, "args": json.loads(arguments), "id": id_}
                sent.append({"function_call": call, SIGNATURE: next(calls).get(SIGNATURE)})
            elif kind == "result":
                name, content, id_ = fields
                result = {"name": name, "response": {"result": content}, "id": id_}
                sent.append({"function_response": result})
            else:
                for part in fields[0] if isinstance(fields[0], list) else fields:
                    text = {"text": part, SIGNATURE: message.get(SIGNATURE)}
                    sent.append(text if isinstance(part, str) else part)
        yield {"assistant": "model", "tool": "user"}.get(role, role), sent


def _joined(contents: Any) -> list[types.Content]:
    """Neighbours of one role as one content: Gemini wants the results of parallel calls together."""
    joined: list[dict[str, Any]] = []
    for role, parts in contents:
        if joined and joined[-1]["role"] == role:
            joined[-1]["parts"] += parts
        elif role != "system":
            joined.append({"role": role, "parts": parts})
    return [types.Content.model_validate_json(json.dumps(content)) for content in joined]


def _image(url: str) -> dict[str, Any]:
    mime_type, _, data = url.removeprefix("data:").partition(";base64,")
    return (
        {"inline_data": {"mime_type": mime_type, "data": data}} if data else {"file_data": {"file_uri": url}}
    )


def _completion(answer: types.GenerateContentResponse) -> dict[str, Any]:
    body = answer.model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response"})
    candidate, feedback = (body.get("candidates") or [{}])[0], body.get("prompt_feedback", {})
    if not (candidate or feedback or "usage_metadata" in body):
        raise malformed("the answer has no candidate", body)
    parts = candidate.get("content", {}).get("parts", [])
    texts = [part for part in parts if "text" in part]
    calls = [part for part in parts if "function_call" in part]
    reason = contract_reason(candidate.get("finish_reason"))
    completion = chat_completion(
        "".join(part["text"] for part in texts if not part.get("thought")),
        finish_reason="tool_calls" if calls and reason == "stop" else reason,
        tokens=_tokens(body.get("usage_metadata", {})),
        tool_calls=[_call(**part) for part in calls],
        reasoning_content="".join(part["text"] for part in texts if part.get("thought")),
        media=[part for part in parts if "inline_data" in part],
        thought_signature=next((part[SIGNATURE] for part in texts if SIGNATURE in part), None),
    )
    [choice] = completion["choices"]
    choice["finish_message"] = _explained(candidate, "finish_reason", "finish_message")
    if "block_reason" in feedback:
        message = _explained(feedback, "block_reason", "block_reason_message")
        choice |= {"finish_reason": "content_filter", "finish_message": message}
    return completion


def _chunks(answers: Iterator[types.GenerateContentResponse]) -> Iterator[dict[str, Any]]:
    called = False
    for answer in answers:
        completion = _completion(answer)
        [choice] = completion["choices"]
        choice["delta"] = choice.pop("message")
        called = called or bool(choice["delta"]["tool_calls"])
        if called and choice["finish_reason"] == "stop":  # it came behind the calls
            choice["finish_reason"] = "tool_calls"
        yield completion


def _call(function_call: dict[str, Any], thought_signature: str | None = None, **_: Any) -> dict[str, Any]:
    function = {"name": function_call["name"], "arguments": function_call.get("args", {})}
    return {"id": function_call.get("id"), "function": function, SIGNATURE: thought_signature}


def _tokens(counts: dict[str, int]) -> tuple[int | None, int | None, int | None]:
    said = [counts[name] for name in ("candidates_token_count", "thoughts_token_count") if name in counts]
    completion = sum(said) if said else None
    return counts.get("prompt_token_count"), counts.get("cached_content_token_count"), completion


def _explained(holder: dict[str, Any], *fields: str) -> str:
    return ": ".join(holder[field] for field in fields if field in holder)
