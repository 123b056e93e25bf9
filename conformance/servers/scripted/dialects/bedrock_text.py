"""The families of Bedrock's invoke whose own API is plain text: Titan, Llama, Mistral and DeepSeek R1.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.bedrock_invoke import Invoke
from conformance.servers.scripted.dialects.dialect import Usage, pieces
from conformance.servers.scripted.dialects.text_only import LLAMA_3, MISTRAL, TextOnly
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer


class InvokeText(Invoke, TextOnly):
    """What these families share: a field with the prompt, and events that hold pieces of the text."""

    prompt_field: ClassVar[str] = "prompt"

    @abstractmethod
    def piece(self, text: str, usage: Usage | None, reason: str | None) -> dict[str, Any]:
        """The event with a piece of the text; the last one has the finish reason and the counts."""

    @override
    def whole_prompt(self, request: Request) -> str:
        return str(request.json()[self.prompt_field])

    @override
    def own_events(
        self, answer: Answer, model: str, usage: Usage | None, reason: str
    ) -> list[dict[str, Any]]:
        written = [self.piece(text, None, None) for text in self.written(answer)]
        return [*written, self.piece("", usage, reason)]

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """These models have no cache."""
        counted = replace(usage, cached_tokens=0) if usage else None
        return super().stream_events(answer, model, counted, reason)

    def written(self, answer: Answer) -> list[str]:
        """What the model writes, as it comes in a stream."""
        return pieces(answer.text)


class InvokeTitan(InvokeText):
    """Titan: a body has results, an event has fields of its own; reasons are in capitals."""

    prompt_field: ClassVar[str] = "inputText"
    message: ClassVar[re.Pattern[str]] = re.compile(
        r"\n\n(?:User: <admin>(?P<system>.*?)</admin>|User: (?P<user>.*?)|Bot: (?P<assistant>.+?))"
        r"(?=\n\n(?:User|Bot): )",
        re.DOTALL,
    )
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "FINISH",
        "length": "LENGTH",
        "content_filter": "CONTENT_FILTERED",
    }
    limit_fields: ClassVar[tuple[str, ...]] = ("maxTokenCount",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("outputText"),
        measured=words("inputTextTokenCount tokenCount totalOutputTextTokenCount"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        written = {"tokenCount": usage.completion_tokens, "outputText": answer.text}
        return {
            "inputTextTokenCount": usage.prompt_tokens,
            "results": [{**written, "completionReason": reason}],
        }

    @override
    def piece(self, text: str, usage: Usage | None, reason: str | None) -> dict[str, Any]:
        """Counts are floating-point numbers here."""
        counts = (
            {
                "inputTextTokenCount": float(usage.prompt_tokens),
                "totalOutputTextTokenCount": float(usage.completion_tokens),
            }
            if usage
            else {}
        )
        return {
            "outputText": text,
            "index": 0.0,
            **counts,
            **({"completionReason": reason} if reason else {}),
        }

    @override
    def ends(self, event: Mapping[str, Any]) -> bool:
        return "completionReason" in event


class InvokeLlama(InvokeText):
    """Llama: bodies and events have the same fields."""

    message: ClassVar[re.Pattern[str]] = LLAMA_3
    limit_fields: ClassVar[tuple[str, ...]] = ("max_gen_len",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("generation"), measured=words("prompt_token_count generation_token_count")
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        return self.piece("".join(self.written(answer)), usage, reason)

    @override
    def piece(self, text: str, usage: Usage | None, reason: str | None) -> dict[str, Any]:
        return {
            "generation": text,
            "prompt_token_count": usage.prompt_tokens if usage else None,
            "generation_token_count": usage.completion_tokens if usage else None,
            "stop_reason": reason,
        }

    @override
    def ends(self, event: Mapping[str, Any]) -> bool:
        return event.get("stop_reason") is not None


class InvokeDeepSeek(InvokeLlama):
    """DeepSeek R1 as an imported model: Llama's fields; the prompt begins the thoughts, a tag ends them."""

    message: ClassVar[re.Pattern[str]] = re.compile(
        "<｜User｜>(?P<user>.*?)(?=<｜Assistant｜>)"
        "|<｜Assistant｜>(?P<assistant>.*?)<｜end▁of▁sentence｜>"
        "|<｜begin▁of▁sentence｜>(?P<system>.*?)(?=<｜User｜>)",
        re.DOTALL,
    )

    @override
    def written(self, answer: Answer) -> list[str]:
        """The tag is one token, which has an event of its own."""
        return [*pieces(answer.reasoning), "</think>", *pieces(answer.text)]


class InvokeMistral(InvokeText):
    """Mistral's text completions: bodies and events hold a list of one output, and no counts."""

    message: ClassVar[re.Pattern[str]] = MISTRAL
    wire_format: ClassVar[WireFormat] = WireFormat(free_text=words("text"))

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        return self.piece(answer.text, None, reason)

    @override
    def piece(self, text: str, usage: Usage | None, reason: str | None) -> dict[str, Any]:
        return {"outputs": [{"text": text, "stop_reason": reason}]}

    @override
    def ends(self, event: Mapping[str, Any]) -> bool:
        return event["outputs"][0]["stop_reason"] is not None
