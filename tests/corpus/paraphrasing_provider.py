"""A fake provider whose model answers the dialogue in different words each time, or wrongly.

The first part of a path chooses between the right words and a fault, the second the wire. For ``--live``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from conformance.runner.targets.live import KEY
from conformance.servers.scripted import Request, Script, reply
from conformance.servers.scripted.dialects import Dialect, Usage
from conformance.servers.scripted.dialects.anthropic import Anthropic
from conformance.servers.scripted.dialects.dialect import ErrorKind, pieces
from conformance.servers.scripted.dialects.gemini import Gemini
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.dialogue_script import refusal, turn_of
from conformance.spec.dialogue import Answer, Call, Turn, text
from conformance.spec.dialogue.matchers import same_json, same_numbers, same_words

CONTEXT = 4096
"""Tokens that a prompt may have."""

BEFORE_CALLS = ("", "I'll look that up for you.\n\n", "Let me check.")


class Spaced(OpenAI):
    """OpenAI's wire with indented arguments."""

    def call(self, answer: Answer, number: int) -> dict[str, Any]:
        """A call with each argument on its own line."""
        call = super().call(answer, number)
        call["function"]["arguments"] = json.dumps(answer.calls[number].arguments, indent=1)
        return call

    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """The same call, in pieces."""
        for number in range(len(answer.calls)):
            call = self.call(answer, number)
            arguments, call["function"]["arguments"] = call["function"]["arguments"], ""
            yield {"tool_calls": [{"index": number, **call}]}
            for piece in pieces(arguments):
                yield {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}


WIRES: dict[str, Dialect] = {"openai": Spaced(), "anthropic": Anthropic(), "gemini": Gemini()}


def paraphrased(turn: Turn, number: int) -> Answer:
    """The answer of ``turn`` as a real model may give it, different for each ``number``."""
    answer, even = turn.answer, number % 2 == 0
    # Whether it thinks depends on the question, what it thinks on the number.
    thought = f"The user wants something. Thought number {number}." if len(turn.name) % 2 else ""
    if answer.reasoning:
        thought = f"7 times 13 is 91, so I say no; {number}."
    if not answer.calls:
        return Answer(_paraphrased_text(turn, number), reasoning=thought)
    said = f"{answer.text} Let me see." if answer.text else BEFORE_CALLS[number % 3]
    if any(call.name == "json_tool_call" for call in answer.calls):
        said = ""  # a required tool call has no text beside it
    calls = [
        Call(
            call.name, {name: _synonym(call, value, even=even) for name, value in _reordered(call.arguments)}
        )
        for call in answer.calls
    ]
    return Answer(said, tuple(calls if even else calls[::-1]), thought)


def _paraphrased_text(turn: Turn, number: int) -> str:
    said = turn.answer.text
    if turn.matcher is same_words:
        return (said, f"{said}.", f"**{said}**", f"{said.upper()}\n")[number % 4]
    if turn.matcher is same_numbers:
        return (said, f" {said.replace(',', ', ')}.", said.replace("-", "\N{MINUS SIGN}") + "°C\n")[
            number % 3
        ]
    if turn.matcher is same_json:
        value = json.loads(said)
        turned = dict(_reordered(value))
        return (json.dumps(value, indent=2), json.dumps(turned, ensure_ascii=False) + "\n")[number % 2]
    return (said, f"{said}\n", said.strip())[number % 3]


def _reordered(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields in reverse order, with integers as floats."""
    for name, item in reversed([*value.items()]):
        yield name, float(item) if type(item) is int else item


def _synonym(call: Call, value: Any, *, even: bool) -> Any:
    others = {} if even else {meant: word for word, meant in call.same.items()}
    return others.get(value, value) if isinstance(value, str) else value


def _wrong(value: Any) -> Any:
    """A different value of the same type."""
    match value:
        case dict():
            return {name: _wrong(item) for name, item in value.items()}
        case list():
            return [_wrong(item) for item in value]
        case bool():
            return not value
        case int() | float():
            return value + 1
    return "Lima"


def _wrong_fact(answer: Answer) -> Answer:
    try:
        value = json.loads(answer.text)
    except ValueError:
        return replace(answer, text="Lima 17")
    return replace(answer, text=json.dumps(_wrong(value)))


def _wrong_arguments(answer: Answer) -> Answer:
    calls = [Call(call.name, _wrong(dict(call.arguments)) or {"city": "Lima"}) for call in answer.calls]
    return replace(answer, calls=tuple(calls))


FAULTS: dict[str, Callable[[Answer], Answer]] = {
    "wrong_fact": _wrong_fact,
    "lost_text": lambda answer: replace(answer, text=answer.text[len(answer.text) // 2 + 1 :]),
    "thoughts_in_text": lambda answer: replace(answer, text=f"At first I thought of 5. {answer.text}"),
    "only_thoughts": lambda answer: replace(answer, text="", reasoning=answer.text),
    "wrong_arguments": _wrong_arguments,
    "lost_call": lambda answer: replace(answer, calls=answer.calls[:-1]),
    "doubled_call": lambda answer: replace(answer, calls=answer.calls + answer.calls[:1]),
    "call_in_text": lambda answer: replace(answer, text='One moment. <tool_call>{"name": "x"}</tool_call>'),
}
"""What may be wrong with an answer."""

OF_TEXT = ("wrong_fact", "lost_text", "thoughts_in_text", "only_thoughts")
"""The faults that show in text; the others show in tool calls."""


class Provider:
    """A handler like a hosted provider: refuses what cannot be answered, and answers the rest."""

    def __init__(self) -> None:
        self._numbers = count()
        self._cache: set[str] = set()

    def __call__(self, request: Request) -> Script:
        """The script of the answer that the path chooses."""
        parts = request.path.split("/")
        how, wire = parts[1], next(WIRES[part] for part in parts if part in WIRES)
        if (kind := self._refusal(request, wire, how)) is not None:
            failure = wire.error(kind)
            return reply(failure.body, failure.status)
        turn = turn_of(request, wire)
        answer, finish = _limited(request, paraphrased(turn, number := next(self._numbers)), turn)
        if how in FAULTS:
            answer = FAULTS[how](answer)
        usage = _usage(turn, answer, number, is_cached=turn.name in self._cache)
        self._cache.add(turn.name)
        if wire.wants_stream(request):
            return wire.streamed(wire.events(answer, usage=usage, finish_reason=finish))
        return reply(wire.completion(answer, usage=usage, finish_reason=finish))

    def _refusal(self, request: Request, wire: Dialect, how: str) -> ErrorKind | None:
        header, value = wire.key_header(KEY)
        if request.headers.get(header) != value:
            return "authentication"
        if how not in ("honest", *FAULTS) or not wire.is_chat(request):
            return "not_found"
        return refusal(request, wire)


def _limit(request: Request) -> Any:
    body = request.json()
    fields = {**body, **body.get("generationConfig", {})}
    return fields.get("max_tokens", fields.get("max_output_tokens", fields.get("maxOutputTokens")))


def _limited(request: Request, answer: Answer, turn: Turn) -> tuple[Answer, str | None]:
    """The answer as the parameters of the request cut it, and its finish reason."""
    if _limit(request) in (text.CUT_SHORT.params["max_tokens"], 6):
        cut = [Call(call.name, dict([*call.arguments.items()][:1])) for call in answer.calls]
        return Answer(turn.answer.text[:10], tuple(cut)), "length"
    if b'"5"' in request.body:
        return Answer(turn.answer.text.partition("5")[0].rstrip()), "stop"
    return answer, None


def _usage(turn: Turn, answer: Answer, number: int, *, is_cached: bool) -> Usage:
    """The tokens: of a prompt always the same, of an answer by its length, sometimes with hidden thoughts.

    Half of a prompt that was asked before is cached.
    """
    said = len(answer.text) + len(str(answer.calls)) + len(answer.reasoning)
    prompt = len(json.dumps(turn.messages))
    hidden = 2000 if number % 5 == 0 and len(turn.answer.text) > 100 else 0
    return Usage(prompt, said // 4 + 1 + hidden, prompt // 2 if is_cached else 0)
