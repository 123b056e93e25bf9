"""The helpers of a backend over a library with its own messages and exceptions.

Unit tests: the suite tests the libraries themselves, in examples/.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from typing_extensions import override

from provider.adapters import (
    AsyncParsedChunks,
    ParsedChunks,
    chat_completion,
    text_chunks,
    text_deltas,
    turns,
)
from provider.chat import ChatLLM
from provider.chat.decoding import decode_completion
from provider.errors import LLMProviderError
from tests.provider.routes import QUESTION, ask, invoked_and_streamed

CALL = ("a", "weather", '{"city": "Rome"}')


class UnreadableError(Exception):
    """The library's exception for an answer that it could not read."""


class Wrapped(Exception):
    """The library's exception for everything else."""


class Library(ChatLLM):
    """A backend over a library that returns ``answer``, or calls it."""

    def __init__(self, answer: Any) -> None:
        super().__init__("tiny", None, None, timeout=1, max_retries=0)
        self.answer = answer
        self.closed: list[str] = []

    decoding_errors = (UnreadableError,)

    @override
    def connect(self) -> None:
        self.on_unload.callback(self.closed.append, "client")
        if self.answer == "unset":
            raise LLMProviderError("no key")

    @override
    def send(self, request: dict[str, Any]) -> Any:
        return self.answer() if callable(self.answer) else self.answer

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        return ParsedChunks(
            text_chunks(text_deltas(["He", "Hello"]), lambda: self.send(request)),
            lambda: None,
        )


def test_an_answer_is_assembled_from_the_fields_of_the_library() -> None:
    body = chat_completion("Hello", [CALL], "tool_calls", (7, 2, 3), reasoning_content="Hm.")
    with Library(body) as llm:
        stream = llm.stream(QUESTION)
        deltas = list(stream)
        invoked = llm.invoke(QUESTION)

    for answer in (invoked, stream.response):
        assert (answer.content, answer.reasoning, answer.finish_reason) == ("Hello", "Hm.", "tool_calls")
        assert answer.tool_calls == [{"id": "a", "name": "weather", "arguments": '{"city": "Rome"}'}]
        assert (answer.prompt_tokens, answer.cached_prompt_tokens, answer.completion_tokens) == (7, 2, 3)
    assert deltas == ["He", "llo"]


def test_the_text_of_a_stream_that_was_cut_comes_once() -> None:
    """The completion behind the last delta repeats the text, and has no finish reason."""
    with Library(chat_completion("Hello")) as llm:
        stream = llm.stream(QUESTION)
        deltas = list(stream)

    assert (deltas, stream.response.content) == (["He", "llo"], "Hello")
    assert stream.response.error_kind == "interrupted"


def test_fields_that_the_library_lacks_are_left_out() -> None:
    answer = decode_completion(chat_completion(None))

    assert (answer.content, answer.tool_calls, answer.finish_reason) == ("", [], None)
    assert (answer.prompt_tokens, answer.completion_tokens) == (None, None)


def test_text_deltas() -> None:
    assert list(text_deltas(["", "a", "a", "abc"])) == ["a", "bc"]


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json"])
def test_a_body_without_chunks_that_is_no_stream_by_its_type_is_malformed(content_type: str) -> None:
    with pytest.raises(LLMProviderError) as raised:
        list(ParsedChunks([], lambda: None, content_type))

    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize("content_type", ["text/event-stream", ""])
def test_a_stream_without_chunks_is_left_to_the_decoder(content_type: str) -> None:
    """The decoder reports that the stream was interrupted."""
    assert list(ParsedChunks([], lambda: None, content_type)) == []


async def _awaited(*chunks: str) -> AsyncGenerator[str, None]:
    for chunk in chunks:
        yield chunk


async def _read(content_type: str, *chunks: str) -> list[str]:
    library = _awaited(*chunks)
    return [each async for each in AsyncParsedChunks(library, str.upper, library.aclose, content_type)]


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json", ""])
def test_chunks_that_are_awaited_are_parsed(content_type: str) -> None:
    assert asyncio.run(_read(content_type, "a", "b")) == ["A", "B"]


def test_a_body_without_chunks_is_the_same_where_it_is_awaited() -> None:
    assert asyncio.run(_read("text/event-stream")) == []
    with pytest.raises(LLMProviderError) as raised:
        asyncio.run(_read("application/json"))

    assert raised.value.kind == "malformed_response"


def test_an_answer_that_the_library_cannot_read_is_malformed() -> None:
    def fail() -> None:
        raise UnreadableError

    with Library(fail) as llm:
        response = llm.invoke(QUESTION)

    assert (response.error_kind, response.error) == (
        "malformed_response",
        "the answer could not be read: UnreadableError",
    )


def test_the_status_of_a_failure_is_found_in_the_cause_of_the_exception() -> None:
    def fail() -> None:
        request = httpx.Request("POST", "http://localhost")
        headers = {"retry-after": "7"}
        slow = httpx.Response(429, request=request, headers=headers, json={"error": {"message": "Slow."}})
        try:
            slow.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise Wrapped("status_code: 429") from error

    with Library(fail) as llm:
        response = llm.invoke(QUESTION)

    assert (response.error_kind, response.status, response.retry_after) == ("rate_limit", 429, 7.0)
    assert response.error == "Slow."


class BrokenError(Exception):
    """Its text and its response raise."""

    def __str__(self) -> str:
        raise RuntimeError("no message")

    @property
    def response(self) -> Any:
        raise RuntimeError("no response")


@pytest.mark.parametrize("unreadable", [(), (BrokenError,)], ids=["failed", "unread"])
def test_an_exception_whose_properties_raise_is_a_failure_like_others(unreadable: Any) -> None:
    def fail() -> None:
        raise BrokenError

    with Library(fail) as llm:
        llm.decoding_errors = unreadable
        response = llm.invoke(QUESTION)

    assert response.error_code == "provider_error"
    assert str(response.error).endswith("BrokenError")


class Mutating(Library):
    """Changes the request, and fails the first time."""

    @override
    def send(self, request: dict[str, Any]) -> Any:
        asked = request.pop("messages")
        if self.max_retries:
            self.max_retries = 0
            raise ConnectionError
        return chat_completion(asked[0]["content"], finish_reason="stop")

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        return ParsedChunks(text_chunks([], lambda: self.send(request)), lambda: None)


@invoked_and_streamed
def test_a_backend_may_change_the_request_and_a_retry_is_whole(how: str) -> None:
    with Mutating(None) as llm:
        llm.max_retries = 1
        answer = ask(llm, how)

    assert answer.error is None
    assert llm.max_retries == 0, "it was not sent again"


@pytest.mark.parametrize("answer", ["set", "unset"])
def test_opened_resources_are_closed_at_unload_and_when_loading_fails(answer: str) -> None:
    llm = Library(answer)

    assert llm.load() is (answer == "set")
    assert llm.closed == ([] if llm.loaded else ["client"])
    llm.unload()
    llm.unload()

    assert llm.closed == ["client"]


def test_messages_are_split_into_parts() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    conversation: list[dict[str, Any]] = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "See:"}, image]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "warm"},
        {"role": "tool", "tool_call_id": "of nobody", "content": "cold"},
        {"role": "assistant", "content": "Both.", "tool_calls": [call]},
        {"role": "assistant", "content": ""},
    ]

    assert list(turns(conversation, lambda url: f"<{url}>")) == [
        ("system", [("system", "Be kind.")]),
        ("user", [("user", ["See:", "<data:,>"])]),
        ("assistant", [("call", "weather", "{}", "a")]),
        ("tool", [("result", "weather", "warm", "a")]),
        ("tool", [("result", "", "cold", "of nobody")]),
        ("assistant", [("assistant", "Both."), ("call", "weather", "{}", "a")]),
        ("assistant", [("assistant", "")]),
    ]


@pytest.mark.parametrize("kind", ["input_audio", "video_url", "file"])
def test_a_part_that_a_library_has_no_class_for_is_refused_and_not_left_out(kind: str) -> None:
    conversation = [{"role": "user", "content": [{"type": kind, kind: {"data": "QUJD"}}]}]

    with pytest.raises(LLMProviderError, match=f"of the type {kind} cannot be sent") as raised:
        list(turns(conversation, str))
    assert raised.value.kind == "bad_request"
