"""Answers the dialogue's questions by script, where no real server can be recorded.

A target whose provider nobody here has a key for is asked the same questions
as the others. The script knows a question by what really stands in the
request: a backend that loses a message, a tool or a result gets no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.servers.scripted.cutting import answer_tokens, limited, stopped, token_count
from conformance.servers.scripted.dialects import USAGE, Dialect, ErrorKind, Usage
from conformance.servers.scripted.handlers import Handler, UnknownContentError
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script
from conformance.spec.dialogue import TRAINING_TURNS, Answer, Turn, text


def dialogue_handler(dialect: Dialect) -> Handler:
    """A handler that sends the answer of the turn that is asked, or refuses as every provider does.

    The answer ends before a stop sequence and at a limit of tokens, and its usage is counted.
    """

    def handler(request: Request) -> Script:
        if (kind := refusal(request, dialect)) is not None:
            failure = dialect.error(kind)
            return failure.reply()
        turn = turn_of(request, dialect)
        answer, reason = _as_limited(request, dialect, turn.answer)
        usage = Usage(token_count(_said(turn)), answer_tokens(answer), USAGE.cached_tokens)
        return dialect.script(request, answer, finish_reason=reason, usage=usage)

    return handler


def _as_limited(request: Request, dialect: Dialect, answer: Answer) -> tuple[Answer, str | None]:
    """``answer`` as far as ``request`` wants it, and the finish reason where that cuts it."""
    sequences: list[str] = []
    for found in dialect.settings(request, dialect.stop_fields):
        sequences += [found] if isinstance(found, str) else found
    limits = [each for each in dialect.settings(request, dialect.limit_fields) if isinstance(each, int)]
    answer = stopped(answer, sequences)
    return limited(answer, min(limits)) if limits else (answer, None)


def refusal(request: Request, dialect: Dialect) -> ErrorKind | None:
    """Why a request is refused: its model is unknown, a parameter invalid, or it is too long; else None."""
    found = set(_leaves(dialect.conversation(request)))
    if text.UNKNOWN_MODEL_SUFFIX in request.path or any(
        word.endswith(text.UNKNOWN_MODEL_SUFFIX) for word in found
    ):
        return "not_found"
    if any(word.startswith(2 * text.OVERFLOW_SENTENCE) for word in found):
        return "context_limit"
    return "bad_request" if json.dumps(text.INVALID_PARAMETER.params["max_tokens"]) in found else None


def turn_of(request: Request, dialect: Dialect) -> Turn:
    """The turn whose texts and tools are all in ``request``; of several the one with the most texts.

    Raises:
        UnknownContentError: there is none, so the backend has lost a part of its question.
    """
    found = set(_leaves(dialect.conversation(request)))
    prompt, tools = dialect.prompt_of(request), sorted(dialect.tool_names(request))
    asked = [
        turn
        for turn in TRAINING_TURNS
        if _prompt(turn) == prompt and _tools(turn) == tools and _texts(turn) <= found
    ]
    if not asked:
        raise UnknownContentError(f"no turn of the dialogue asks {prompt!r} with the tools {tools}")
    return max(asked, key=lambda turn: len(_texts(turn)))


def _prompt(turn: Turn) -> str:
    return str(next(each["content"] for each in reversed(turn.messages) if each["role"] == "user"))


def _tools(turn: Turn) -> list[str]:
    return sorted(tool["function"]["name"] for tool in turn.tools)


def _said(turn: Turn) -> list[str]:
    """Every text of the conversation."""
    found = [message["content"] for message in turn.messages]
    for message in turn.messages:
        for call in message.get("tool_calls", ()):
            found += call["function"].values()
    return found


def _texts(turn: Turn) -> set[str]:
    """The texts by which a conversation is known; JSON counts by its values, as some wires have it."""
    return {word for text in _said(turn) for word in _words(text) if word}  # no text may be sent as null


def _words(text: str) -> Iterator[str]:
    """A text, or the values in it where it is JSON."""
    value = _parsed(text)
    yield from [text] if isinstance(value, str) else _leaves(value)


def _leaves(value: Any) -> Iterator[str]:
    """Every string and number in a JSON value; a string that is JSON itself counts as both."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value
        if not isinstance(inner := _parsed(value), str):
            yield from _leaves(inner)
    elif value is not None:
        yield json.dumps(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
