"""A server of chat completions that does everything right, so that a wrong one differs from it in one thing.

A script, and shown as one: its answers are those of the dialogue, a token two characters.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.servers.scripted import Request, Script, reply, stream
from conformance.servers.scripted.dialects import ErrorKind, dialect
from conformance.servers.scripted.dialects.dialect import compact, pieces
from conformance.servers.scripted.dialogue_script import refusal, turn_of
from conformance.spec.dialogue import Answer, Call, Turn, text, tools

KEY = "sk-conformance-right-key"
MODEL = "tiny"
CONTEXT = 2048

WIRE = dialect("openai")

Body = dict[str, Any]

_NUMBER = itertools.count(1)


@dataclass
class RightServer:
    """Answers as OpenAI does; each method is one step, which a wrong server replaces."""

    key: str | None = KEY

    def __call__(self, request: Request) -> Script:
        """The script for a request."""
        if (kind := self.refused(request)) is not None:
            return self.error(kind)
        if request.method == "GET":
            return reply({"object": "list", "data": [self.model()]})
        body = request.json()
        answers = [self.answer(request, body)] * body.get("n", 1)
        if body.get("stream"):
            return self.streamed(self.chunks(body, answers))
        return self.whole(self.completion(body, answers))

    def model(self) -> Body:
        """The only model of the list."""
        return {"id": MODEL, "object": "model", "created": int(time.time()), "owned_by": "nobody"}

    def refused(self, request: Request) -> ErrorKind | None:
        """Why a request is refused; None where it is answered."""
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return "authentication"
        if (request.method, request.path) == ("GET", "/v1/models"):
            return None
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return "not_found"
        try:
            body = request.json()
        except ValueError:
            return "bad_request"
        if not body.get("messages") or any(each["role"] == "nobody" for each in body["messages"]):
            return "bad_request"
        if isinstance(body.get("temperature", 0), str):
            return "bad_request"
        return refusal(request, WIRE)

    def error(self, kind: ErrorKind) -> Script:
        """An error in OpenAI's form."""
        return WIRE.error(kind).reply()

    def whole(self, body: Body) -> Script:
        """A whole answer as it is sent."""
        return reply(body)

    def streamed(self, chunks: list[Body]) -> Script:
        """A stream as it is sent."""
        return stream([*(f"data: {compact(each)}\n\n".encode() for each in chunks), b"data: [DONE]\n\n"])

    def answer(self, request: Request, body: Body) -> Spoken:
        """The answer to a request, cut and stopped as it demands."""
        turn = self.turn(request, body)
        if body.get("tool_choice") == "none" and turn.answer.calls:
            return Spoken("I may not use the tool.")
        if body.get("tool_choice") == "required" and not turn.answer.calls:
            return Spoken("", (tools.PARIS,), "tool_calls")
        return self.limited(body, Spoken(turn.answer.text, turn.answer.calls, turn.answer.finish_reason))

    def limited(self, body: Body, spoken: Spoken) -> Spoken:
        """An answer that ends before a stop sequence, or after so many tokens."""
        for stop in body.get("stop", []):
            spoken = Spoken(spoken.text.partition(stop)[0], spoken.calls, spoken.reason)
        limit = body.get("max_tokens", body.get("max_completion_tokens"))
        if limit is not None and limit < len(spoken.tokens):
            spoken = Spoken("".join(spoken.tokens[:limit]), reason="length")
        return spoken

    def turn(self, request: Request, body: Body) -> Turn:
        """The turn of the dialogue that is asked."""
        schema = body.get("response_format", {}).get("json_schema", {})
        if schema.get("name") == "answer":
            return Turn("capital_as_json", text.CAPITAL.messages, Answer('{"capital": "Paris"}'))
        if body.get("tool_choice") == "required":
            return text.CAPITAL
        return turn_of(_plain(request, body), WIRE)

    def usage(self, body: Body, answers: list[Spoken]) -> Body:
        """The tokens of question and answers."""
        prompt = len(json.dumps(body["messages"])) // 4
        completion = sum(len(each.tokens) for each in answers)
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    def envelope(self, kind: str) -> Body:
        """What a body and all chunks of an answer share."""
        created = int(time.time())
        return {"id": f"chatcmpl-{next(_NUMBER)}", "object": kind, "created": created, "model": MODEL}

    def completion(self, body: Body, answers: list[Spoken]) -> Body:
        """A whole answer."""
        choices = [
            {"index": index, "message": self.message(each), **self.ending(body, each, each.tokens)}
            for index, each in enumerate(answers)
        ]
        usage = self.usage(body, answers)
        return {**self.envelope("chat.completion"), "choices": choices, "usage": usage}

    def message(self, spoken: Spoken) -> Body:
        """The message of a choice."""
        calls = [self.call(each) for each in spoken.calls]
        return {
            "role": "assistant",
            "content": spoken.text if spoken.text or not calls else None,
            **({"tool_calls": calls} if calls else {}),
        }

    def call(self, call: Call) -> Body:
        """A tool call with an id of its own."""
        function = {"name": call.name, "arguments": self.arguments(call)}
        return {"id": f"call_{next(_NUMBER)}", "type": "function", "function": function}

    def arguments(self, call: Call) -> str:
        """The arguments of a call as JSON text."""
        return compact(call.arguments)

    def ending(self, body: Body, spoken: Spoken, said: list[str], *, last: bool = True) -> Body:
        """Why a choice ended, and the probabilities of ``said``."""
        content = [
            {**_probable(token), "top_logprobs": [_probable(token)]} for token in said if body.get("logprobs")
        ]
        return {
            "finish_reason": spoken.reason if last else None,
            **({"logprobs": {"content": content}} if content else {}),
        }

    def chunks(self, body: Body, answers: list[Spoken]) -> list[Body]:
        """The chunks of a stream."""
        envelope = self.envelope("chat.completion.chunk")
        choices = [each for index, one in enumerate(answers) for each in self.deltas(body, index, one)]
        chunks = [{**envelope, "choices": [each]} for each in choices]
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({**envelope, "choices": [], "usage": self.usage(body, answers)})
        return chunks

    def deltas(self, body: Body, index: int, spoken: Spoken) -> Iterator[Body]:
        """The choices of the chunks of one answer."""
        yield {"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        for token in spoken.tokens if not spoken.calls else pieces(spoken.text):
            delta = {"content": token}
            yield {"index": index, "delta": delta, **self.ending(body, spoken, [token], last=False)}
        for number, call in enumerate(spoken.calls):
            opening = self.call(call)
            written = opening["function"].pop("arguments")
            opening["function"]["arguments"] = ""
            parts = [{"index": number, **opening}]
            parts += [{"index": number, "function": {"arguments": piece}} for piece in pieces(written)]
            yield from (self.fragment(index, part) for part in parts)
        yield {"index": index, "delta": {}, **self.ending(body, spoken, [])}

    def fragment(self, index: int, part: Body) -> Body:
        """The choice of a chunk with a fragment of a call."""
        return {"index": index, "delta": {"tool_calls": [part]}, "finish_reason": None}


@dataclass(frozen=True)
class Spoken:
    """An answer as the server gives it."""

    text: str
    calls: tuple[Call, ...] = ()
    reason: str = "stop"

    @property
    def tokens(self) -> list[str]:
        """Its tokens, of two characters each."""
        return pieces(self.text + "".join(compact(call.arguments) for call in self.calls), 2)


def _probable(token: str) -> Body:
    return {"token": token, "logprob": -0.5, "bytes": list(token.encode())}


def _plain(request: Request, body: Body) -> Request:
    """The request with texts for lists of parts, which the dialogue does not know."""
    messages = [
        {**each, "content": "".join(part.get("text", "") for part in each["content"])}
        if isinstance(each.get("content"), list)
        else each
        for each in body["messages"]
    ]
    return replace(request, body=json.dumps({**body, "messages": messages}).encode())
