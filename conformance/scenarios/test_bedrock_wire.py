"""What only Amazon Bedrock's wire has: binary frames and encrypted reasoning.

Scripts: no test may reach Amazon.
"""

from __future__ import annotations

import pytest

from conformance.testing import Answer, Build, Dialect, Play, Serve, bedrock, laws, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("bedrock")]

TURN = text.COUNT


HIDDEN = "RXU4RUNrZ0lCeEFCR0FJcVFJaGs="
"""Encrypted reasoning."""

PLACES = {"total": 3, "header-size": 7, "prelude": 9, "header": 20, "payload": -30, "checksum": -1}
"""Where in a frame a byte is changed."""


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_damaged_frame_is_an_error(place: int, play: Play, dialect: Dialect) -> None:
    """A frame with a wrong checksum ends the stream with an error, and the text before it is kept."""
    events = dialect.events(TURN.answer)
    half = len(events) // 2
    damaged = bytearray(events[half])
    damaged[place] ^= 1
    llm = play(dialect.streamed([*events[:half], bytes(damaged), *events[half + 1 :]]))

    response = laws.read(llm.stream(TURN.messages))

    assert response.error_kind in ("malformed_response", "interrupted"), response.error
    assert TURN.answer.text.startswith(response.content)
    assert (response.prompt_tokens, response.completion_tokens) == (0, 0)


def test_a_stream_cut_inside_its_last_frame_is_interrupted(play: Play, dialect: Dialect) -> None:
    """A stream that is cut inside its last frame is reported as ``interrupted``.

    The usage frame behind it may be missing.
    """
    events = dialect.events(TURN.answer)
    stop = next(number for number, each in enumerate(events) if dialect.ends_answer(each))
    cuts = [0, 4, 11, 12, 40, len(events[stop]) - 1]
    rest = iter([*([*events[:stop], events[stop][:cut] or events[0]] for cut in cuts), events[: stop + 1]])
    llm = play(lambda _: dialect.streamed(next(rest)))

    for _ in cuts:
        response = laws.read(llm.stream(TURN.messages))
        laws.failed_as(response, "interrupted")
        assert response.content == TURN.answer.text
    whole = laws.read(llm.stream(TURN.messages))
    laws.is_the_answer(whole, TURN.answer)
    assert (whole.prompt_tokens, whole.completion_tokens) == (0, 0), "tokens that were not sent"


def test_encrypted_reasoning_is_sent_back(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Encrypted reasoning is not part of the text, and is sent back unchanged with the next request.

    BerriAI/litellm#25375: left out, the next request is refused.
    """
    answer, hidden = Answer(calls=(tools.PARIS,)), {"reasoningContent": {"redactedContent": HIDDEN}}
    whole, events = dialect.completion(answer), dialect.events(answer)
    whole["output"]["message"]["content"].insert(0, hidden)
    events.insert(1, bedrock.event("contentBlockDelta", contentBlockIndex=9, delta=hidden))
    server = serve(dialect.both_ways(whole, events))
    llm = build(server.url)

    for response in laws.ask_both_ways(llm, TURN.messages):
        laws.is_the_answer(response, answer)
        outcome = {"role": "tool", "tool_call_id": response.tool_calls[0]["id"], "content": tools.SUNNY}
        llm.chat_with_tools([*TURN.messages, response.as_message(), outcome], tools=[tools.WEATHER])
        assert HIDDEN in server.requests[-1].body.decode()
