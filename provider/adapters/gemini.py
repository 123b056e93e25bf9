"""Converts chat completions to Gemini's generateContent, and the answers back; free of I/O.

In Gemini's API the system prompt and the options stand beside the contents, a
tool result is a content of the user, and text, thoughts and calls are parts of
one content. A signature belongs to the part that it came with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from provider.adapters.messages import chat_completion, turns
from provider.chat.choices import choice_zero
from provider.chat.decoding import raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import malformed
from provider.json_values import mapping, mappings, text

_OPTIONS = {
    "max_tokens": "maxOutputTokens",
    "max_completion_tokens": "maxOutputTokens",
    "top_p": "topP",
    "top_k": "topK",
    "n": "candidateCount",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
_SIGNATURE = "thoughtSignature"


def contents_and_config(request: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The request of a chat completion as contents and configuration; other options stay as they are.

    Args:
        request: with messages as ``provider.chat.messages.normalised`` returns them.
    """
    others = dict(request)
    contents, system = _contents(others.pop("messages"))
    for name in ("model", "stream"):
        others.pop(name, None)
    tools, choice, form, stop = (
        others.pop(name, None) for name in ("tools", "tool_choice", "response_format", "stop")
    )
    config = {_OPTIONS.get(name, name): value for name, value in others.items()}
    if system:
        config["systemInstruction"] = {"parts": system}
    if stop:
        config["stopSequences"] = [stop] if isinstance(stop, str) else stop
    if tools:
        config["tools"] = [{"functionDeclarations": [_function(tool["function"]) for tool in tools]}]
    if choice:
        config["toolConfig"] = {"functionCallingConfig": _choice(choice)}
    if form and form.get("type") != "text":
        config["responseMimeType"] = "application/json"
        if schema := mapping(form.get("json_schema")).get("schema"):
            config["responseJsonSchema"] = schema
    return contents, config


def completion_of_candidate(body: Any) -> dict[str, Any]:
    """The first candidate of an answer, or of an event of a stream, as the body of a chat completion.

    Raises:
        LLMProviderError: ``body`` is an error, or no answer.
    """
    raise_in_band_error(body)
    feedback, counts = (mapping(mapping(body).get(name)) for name in ("promptFeedback", "usageMetadata"))
    candidate = choice_zero(mapping(body).get("candidates"))
    if not (candidate or feedback or counts):
        raise malformed("the answer has no candidate", body)
    parts = mappings(mapping(candidate.get("content")).get("parts"))
    calls = [_call(part) for part in parts if "functionCall" in part]
    reason, explained = contract_reason(candidate.get("finishReason")), _told(candidate, "finish")
    if blocked := _told(feedback, "block"):
        reason, explained = "content_filter", blocked
    completion = chat_completion(
        _joined(part for part in parts if part.get("thought") is not True),
        finish_reason="tool_calls" if calls and reason == "stop" else reason,
        tokens=_tokens(counts),
        tool_calls=calls,
        reasoning_content=_joined(part for part in parts if part.get("thought") is True),
        media=[part for part in parts if "inlineData" in part],
        thought_signature=next((part[_SIGNATURE] for part in parts if {"text", _SIGNATURE} <= {*part}), None),
    )
    completion["choices"][0]["finish_message"] = explained
    return completion


def candidate_chunks(events: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The events of a stream as chunks; an end that comes behind calls is theirs.

    Raises:
        LLMProviderError: as ``completion_of_candidate``.
    """
    has_called = False
    for event in events:
        completion = completion_of_candidate(event)
        [choice] = completion["choices"]
        choice["delta"] = choice.pop("message")
        has_called |= bool(choice["delta"]["tool_calls"])
        if has_called and choice["finish_reason"] == "stop":
            choice["finish_reason"] = "tool_calls"
        yield completion


def _contents(messages: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The contents, and the parts of the system prompts; neighbours of one role are one content.

    Gemini wants the results of parallel calls together.
    """
    contents: list[dict[str, Any]] = []
    system: list[dict[str, Any]] = []
    for message, (role, parts) in zip(messages, turns(messages, _image), strict=True):
        sent, named = list(_parts(message, parts)), "model" if role == "assistant" else "user"
        if role == "system":
            system += sent
        elif contents and contents[-1]["role"] == named:
            contents[-1]["parts"] += sent
        else:
            contents.append({"role": named, "parts": sent})
    return contents, system


def _parts(message: Mapping[str, Any], parts: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    calls = iter(message.get("tool_calls", ()))
    for kind, *fields in parts:
        if kind == "call":
            name, arguments, id_ = fields
            call = {"name": name, "args": json.loads(arguments), "id": id_}
            yield {"functionCall": call, **_signed(next(calls))}
        elif kind == "result":
            name, content, id_ = fields
            yield {"functionResponse": {"name": name, "response": {"result": content}, "id": id_}}
        else:
            for part in fields[0] if isinstance(fields[0], list) else fields:
                yield {"text": part, **_signed(message)} if isinstance(part, str) else part


def _signed(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {_SIGNATURE: holder["thought_signature"]} if holder.get("thought_signature") else {}


def _image(url: str) -> dict[str, Any]:
    mime, is_data, data = url.removeprefix("data:").partition(";base64,")
    return {"inlineData": {"mimeType": mime, "data": data}} if is_data else {"fileData": {"fileUri": url}}


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"parametersJsonSchema": function["parameters"]} if function.get("parameters") else {}
    return {**{name: function[name] for name in ("name", "description") if function.get(name)}, **schema}


def _choice(choice: Any) -> dict[str, Any]:
    if isinstance(choice, Mapping):
        return {"mode": "ANY", "allowedFunctionNames": [mapping(choice.get("function")).get("name")]}
    return {"mode": _MODES.get(choice, choice)}


def _call(part: Mapping[str, Any]) -> dict[str, Any]:
    call = mapping(part["functionCall"])
    function = {"name": text(call.get("name")), "arguments": call.get("args") or {}}
    return {"id": call.get("id"), "function": function, "thought_signature": part.get(_SIGNATURE)}


def _tokens(counts: Mapping[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Tokens of prompt, cache and answer; the total shows whether the answer's include the thoughts."""
    prompt = _sum(counts, "promptTokenCount", "toolUsePromptTokenCount")
    answer = _sum(counts, "candidatesTokenCount")
    if answer is None or (prompt or 0) + answer != counts.get("totalTokenCount"):
        answer = _sum(counts, "candidatesTokenCount", "thoughtsTokenCount")
    return prompt, _sum(counts, "cachedContentTokenCount"), answer


def _sum(counts: Mapping[str, Any], *names: str) -> int | None:
    """The sum of the counts that were sent; None where none was."""
    sent = [counts[name] for name in names if isinstance(counts.get(name), int)]
    return sum(sent) if sent else None


def _told(holder: Mapping[str, Any], what: str) -> str:
    """A reason and its message, as far as they are there."""
    fields = (f"{what}Reason", "finishMessage" if what == "finish" else "blockReasonMessage")
    return ": ".join(filter(None, (text(holder.get(field)) for field in fields)))


def _joined(parts: Iterable[Mapping[str, Any]]) -> str:
    return "".join(text(part.get("text")) for part in parts)
