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

FRAMED = pytest.mark.dialects("bedrock", "bedrock-invoke-claude", "bedrock-invoke-nova")
"""Asked of every wire of Bedrock's whose streams are frames."""

PLACES = {"total": 3, "header-size": 7, "prelude": 9, "header": 20, "payload": -30, "checksum": -1}
"""Where in a frame a byte is changed."""


@FRAMED
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_damaged_frame_is_an_error(place: int, play: Play, dialect: Dialect) -> None:
    """A frame with a wrong checksum ends the stream with an error, and the text before it is kept."""
    events = dialect.events(TURN.answer, usage=None)
    half = len(events) // 2
    damaged = bytearray(events[half])
    damaged[place] ^= 1
    llm = play(dialect.streamed([*events[:half], bytes(damaged), *events[half + 1 :]]))

    response = laws.read(llm.stream(TURN.messages))

    assert response.error_kind in ("malformed_response", "interrupted"), response.error
    assert TURN.answer.text.startswith(response.content)
    assert (response.prompt_tokens, response.completion_tokens) == (None, None)


@FRAMED
def test_a_stream_cut_inside_its_last_frame_is_interrupted(play: Play, dialect: Dialect) -> None:
    """A stream that is cut inside its last frame is reported as ``interrupted``.

    The usage frame behind it may be missing.
    """
    events = dialect.events(TURN.answer, usage=None)
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
    assert (whole.prompt_tokens, whole.completion_tokens) == (None, None), "tokens that were not sent"


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


@pytest.mark.parametrize("marked", ["by its type", "by its result", "by both"])
def test_a_call_that_bedrock_runs_itself_is_not_the_callers(
    marked: str, play: Play, dialect: Dialect
) -> None:
    """A tool use that Bedrock runs itself is not among the calls; the caller's own call beside it is.

    Nova's code interpreter is such a tool: its use has the type ``server_tool_use``, and a result beside it.
    """
    answer = Answer(text="It is 42.", calls=(tools.PARIS,))
    use = {"toolUseId": "tooluse_of_bedrock", "name": "nova_code_interpreter"}
    if marked != "by its result":
        use["type"] = "server_tool_use"
    ran = {"toolUseId": "tooluse_of_bedrock", "status": "success"}
    whole, events = dialect.completion(answer), dialect.events(answer)
    blocks = whole["output"]["message"]["content"]
    code = {"snippet": "print(6 * 7)"}
    run_by_bedrock = [
        {"toolUse": {**use, "input": code}},
        *([] if marked == "by its type" else [{"toolResult": {**ran, "content": [{"text": "42"}]}}]),
    ]
    blocks[:0] = run_by_bedrock
    events[1:1] = [
        bedrock.event("contentBlockStart", contentBlockIndex=7, start={"toolUse": use}),
        bedrock.event(
            "contentBlockDelta", contentBlockIndex=7, delta={"toolUse": {"input": '{"snippet": "1"}'}}
        ),
        bedrock.event("contentBlockStop", contentBlockIndex=7),
    ]
    if marked != "by its type":
        events[4:4] = [
            bedrock.event("contentBlockStart", contentBlockIndex=8, start={"toolResult": ran}),
            bedrock.event("contentBlockDelta", contentBlockIndex=8, delta={"toolResult": [{"text": "42"}]}),
            bedrock.event("contentBlockStop", contentBlockIndex=8),
        ]
    llm = play(dialect.both_ways(whole, events))

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, answer)


MASKED = Answer("{NAME} lives at {ADDRESS}.")
ASSESSED = {"sensitiveInformationPolicy": {"piiEntities": [{"action": "ANONYMIZED", "type": "NAME"}]}}
BLOCKED = {"topicPolicy": {"topics": [{"action": "BLOCKED", "name": "law", "type": "DENY"}]}}


@pytest.mark.parametrize(
    ("text_of_answer", "assessments", "is_whole"),
    [
        (MASKED.text, [ASSESSED], True),
        ("A. Person lives here.", [ASSESSED], True),
        (MASKED.text, None, True),
        ("I must not answer this.", [BLOCKED], False),
        ("I must not answer this.", [ASSESSED, BLOCKED], False),
        ("I must not answer this.", None, False),
    ],
    ids=["masked", "masked-otherwise", "masked-no-trace", "blocked", "both", "blocked-no-trace"],
)
def test_an_answer_with_masked_words_is_an_answer(
    text_of_answer: str,
    assessments: list[object] | None,
    is_whole: bool,
    play: Play,
    dialect: Dialect,
) -> None:
    """An answer of which a guardrail has masked some words is an answer with the reason ``content_filter``.

    One that the guardrail has replaced is an error (api7/aisix#719, BerriAI/litellm#10971).
    """
    answer = Answer(text_of_answer)
    trace = {"trace": {"guardrail": {"outputAssessments": {"x": assessments}}}} if assessments else {}
    whole = {**dialect.completion(answer, finish_reason="content_filter"), **trace}
    *events, _ = dialect.events(answer, finish_reason="content_filter")
    events.append(bedrock.event("metadata", usage=whole["usage"], metrics={"latencyMs": 1}, **trace))
    llm = play(dialect.both_ways(whole, events))

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        assert (response.content, response.finish_reason) == (text_of_answer, "content_filter")
        if is_whole:
            assert response.error is None
        else:
            laws.failed_as(response, "content_filter")


def test_thoughts_in_tags_are_no_part_of_the_text(play: Play, dialect: Dialect) -> None:
    """Thoughts that Nova writes into its text in tags are reasoning, invoked and streamed."""
    llm = play(dialect.answering(Answer("<thinking>Is it sunny?</thinking>\n\nIt is.")))

    for response in laws.ask_both_ways(llm, TURN.messages):
        laws.is_the_answer(response, Answer("It is.", reasoning="Is it sunny?"))
