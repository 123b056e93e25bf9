"""Bodies that are not an answer are reported as an error.

Scripts: no real server can be asked for them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from conformance.scenarios.test_wires import row
from conformance.testing import CALL_MODES, Answer, Dialect, Play, laws, reply, text

QUESTION = text.GREETING.messages


PAGES: dict[str, tuple[str, bytes]] = {
    "page": ("text/html", b"<!DOCTYPE html><html><title>Log in</title>" + b"<p>Hello</p>" * 999),
    "words": ("text/plain", b"upstream connect error or disconnect"),
    "nothing": ("text/html", b""),
    "page-as-events": ("text/event-stream", b"<html><title>Log in</title></html>"),
}


@pytest.mark.parametrize(("content_type", "page"), PAGES.values(), ids=PAGES)
def test_a_web_page_is_malformed(content_type: str, page: bytes, play: Play) -> None:
    """A web page or plain text with a 200 is reported as ``malformed_response``, with its beginning.

    lynote-ai/humanize-text#55, FoundationAgents/OpenManus#29; pssah4/vault-operator#73: a stream of nothing.
    """
    llm = play(reply(page, headers={"content-type": content_type}))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "malformed_response")
        assert page[:20].decode() in str(response.error)
        assert len(str(response.error)) < 500
        assert (response.content, response.finish_reason) == ("", None)


@pytest.mark.dialects(but=("gemini", "vertex"))  # an event of theirs has the form of a body
def test_a_stream_and_a_body_are_not_confused(play: Play, dialect: Dialect) -> None:
    """A body in place of a stream is a ``malformed_response``, and so is a stream in place of a body."""
    answer = text.GREETING.answer
    whole = reply(dialect.completion(answer))
    events = dialect.streamed(dialect.events(answer))
    llm = play(lambda request: whole if dialect.wants_stream(request) else events)

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "malformed_response")
        assert (response.content, response.finish_reason) == ("", None)


NULLS = {"id": None, "model": None, "object": None, "choices": None, "usage": None}
ERRORS = [
    *(pytest.param(kind, None, id=kind) for kind in ("rate_limit", "authentication", "server")),
    # Only the status of Bedrock's tells that it is busy.
    pytest.param("overloaded", None, id="overloaded", marks=pytest.mark.dialects(but=("bedrock",))),
    row("nulls", "openai", "server", {**NULLS, "error": {"message": "Provider gone.", "code": 502}}),
    row("nulls-400", "openai", "bad_request", {**NULLS, "error": {"message": "Nothing.", "code": 400}}),
    row("string", "openai", "rate_limit", {"error": "Too many requests, rate limit reached"}),
    row("list", "openai", "rate_limit", [{"error": {"message": "Slow down.", "code": 429}}]),
    row("flat", "openai", "rate_limit", {"object": "error", "message": "Slow down.", "code": 429}),
    row("flat-code", "openai", "rate_limit", {"object": "error", "code": 429}),
    row("typed-code", "openai", "rate_limit", {"type": "error", "status": 429}),
    row(
        "endpoint",
        "openai",
        "not_found",
        {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
    ),
]
"""Kinds and bodies of errors; without a body that of the provider."""


@pytest.mark.parametrize(("kind", "body"), ERRORS)
def test_an_error_inside_a_200_is_reported(kind: Any, body: Any, play: Play, dialect: Dialect) -> None:
    """An error inside a 200 is reported with the kind of its code or message, in whatever form it is sent.

    pydantic/pydantic-ai#2323, pydantic/pydantic-ai#3994 (an object among nulls),
    lmstudio-ai/lmstudio-bug-tracker#618 (a string that a stream reader ignores).
    """
    llm = play(reply(body or dialect.error(kind).body))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, kind)
        assert response.content == ""


LLAMA_CPP = {
    "error": {
        "code": 400,
        "message": "the request exceeds the available context size, try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 14429,
        "n_ctx": 8192,
    }
}


@pytest.mark.parametrize("body", [pytest.param(None, id="own"), row("llama.cpp", "openai", LLAMA_CPP)])
def test_an_overflow_inside_a_200_is_raised(body: Any, play: Play, dialect: Dialect) -> None:
    """A context overflow inside a 200 raises ``context_limit``, from invoke and from stream.

    Seen in oobabooga/textgen#7257.
    """
    llm = play(reply(body or dialect.error("context_limit").body))

    for ask in CALL_MODES:
        laws.overflows(partial(ask, llm))


def test_a_repetitive_stream_is_an_answer(play: Play, dialect: Dialect) -> None:
    """A stream that repeats one word many times is an answer like any other.

    Seen in BerriAI/litellm#5158.
    """
    answer = Answer("tick" * 150)
    llm = play(dialect.answering(answer))

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), answer)
