"""The beginning and the end of a stream, with any content type and anything behind it.

Scripts: no real server breaks on demand. Each plays an answer of the dialogue in the target's wire.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.testing import (
    DEADLINE,
    Build,
    Chunk,
    Cut,
    Dialect,
    Head,
    LastChunk,
    LLMResponse,
    Play,
    Reset,
    Script,
    Serve,
    Stall,
    Step,
    WaitForClose,
    in_order,
    laws,
    request_of,
    text,
    tools,
)

ASKED = tools.TEXT_BESIDE_CALL
PATIENCE = 1.0
"""The timeout in seconds of a call to a server that answers, and then stalls."""

TYPES = [
    None,
    "Text/Event-Stream",
    "text/event-stream;charset=UTF-8",
    "application/octet-stream",
    "application/x-ndjson",
    "text/plain",
    "text/html; charset=utf-8",
    "application/json",
]
BY_TYPE = pytest.mark.parametrize("content_type", TYPES, ids=lambda name: str(name).partition(";")[0])


def typed_stream(content_type: str | None, events: Sequence[bytes]) -> Script:
    """These events as a stream of this type."""
    named = {"content-type": content_type} if content_type else {}
    return [Head(200, {"transfer-encoding": "chunked", **named}), *map(Chunk, events), LastChunk()]


@pytest.mark.sse
@BY_TYPE
def test_a_stream_is_read_under_any_content_type(
    content_type: str | None, play: Play, dialect: Dialect
) -> None:
    """An event stream is read, whatever its content type says."""
    llm = play(typed_stream(content_type, dialect.events(text.COUNT.answer)))

    laws.is_the_answer(laws.read(llm.stream(text.COUNT.messages)), text.COUNT.answer)


@pytest.mark.routes("text/event-stream")
@pytest.mark.sse
@BY_TYPE
def test_a_cut_stream_is_interrupted_under_any_content_type(
    content_type: str | None, play: Play, dialect: Dialect
) -> None:
    """A stream that is cut in its middle is reported as ``interrupted``, whatever its content type says.

    NVIDIA/TensorRT-LLM#18289: a clean end of the connection was taken for the end of the answer.
    """
    events = dialect.events(text.COUNT.answer, usage=None)  # Gemini counts in every event
    llm = play(typed_stream(content_type, events[: len(events) // 2]))

    response = laws.read(llm.stream(text.COUNT.messages))

    laws.failed_as(response, "interrupted")
    assert response.content
    assert text.COUNT.answer.text.startswith(response.content)
    assert (response.finish_reason, response.completion_tokens) == (None, None)


@pytest.mark.dialects(but=("bedrock", "gemini", "vertex"))  # the end of the body ends their streams
def test_a_stream_ends_at_its_terminator(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream ends at its terminator, even if the server keeps the connection open.

    The server waits for its client to leave, and is not as patient as the client.
    ltmoerdani/opencode-copilot-chat#170: the reader waited for the end of the connection until it timed out.
    """
    server = serve(dialect.streamed([*dialect.events(ASKED.answer), WaitForClose()]))
    llm = build(server.url, timeout=2 * DEADLINE)

    laws.is_the_answer(laws.read(llm.stream(ASKED.messages, **request_of(ASKED))), ASKED.answer)

    llm.unload()
    assert server.wait_until_closed()


@pytest.mark.parametrize("ending", [None, Cut(), Reset(), Stall()], ids=["clean", "cut", "reset", "stall"])
def test_a_break_after_the_finish_reason_is_ignored(
    ending: Step | None, play: Play, dialect: Dialect
) -> None:
    """A stream is a complete answer once its finish reason has arrived, however the connection ends.

    BerriAI/litellm#33222: a reset is an error before it, and none behind it.
    """
    events = dialect.events(ASKED.answer)
    finish = next(number for number, event in enumerate(events) if dialect.ends_answer(event))
    cases = [[*events[:kept], *([ending] if ending else [])] for kept in range(finish + 1, len(events))]
    rest = iter(cases)
    llm = play(lambda _: dialect.streamed(next(rest)))

    for _ in cases:
        response = laws.read(llm.stream(ASKED.messages, timeout=PATIENCE, **request_of(ASKED)))
        laws.is_the_answer(response, ASKED.answer)


@pytest.mark.core
def test_an_error_before_the_first_delta_is_retried(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An error event before the first delta is retried, and one after it is reported.

    After the first delta a retry would repeat the beginning of the text.
    """
    error = dialect.error_event("overloaded")
    events = dialect.events(text.GREETING.answer)
    server = serve(in_order([dialect.streamed([error]), dialect.streamed(events)]))
    laws.is_the_answer(
        laws.read(build(server.url, max_retries=1).stream(text.GREETING.messages)), text.GREETING.answer
    )

    late = serve(dialect.streamed([*events[: len(events) // 2], error]))
    response = laws.read(build(late.url, max_retries=1).stream(text.GREETING.messages))
    laws.failed_as(response, "overloaded")
    assert len(dialect.chat_requests(late.requests)) == 1


@pytest.mark.core
@pytest.mark.parametrize("failing", [False, True], ids=["read", "refused"])
def test_a_finished_stream_holds_no_connection(
    failing: bool, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that is read to its end or refused has released its connection, even while the stream is kept.

    openai/openai-python#763, mistralai/client-python#532: the pool was empty after a few.
    """
    refusal = dialect.error("bad_request").reply()
    server = serve(refusal if failing else dialect.answering(text.GREETING.answer))
    llm = build(server.url)

    kept = [llm.stream(text.GREETING.messages) for _ in range(4)]
    responses: list[LLMResponse] = [laws.read(stream) for stream in kept]

    assert server.wait_until_open_at_most(1)
    assert [response.is_error for response in responses] == [failing] * len(kept)
