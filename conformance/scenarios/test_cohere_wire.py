"""What only Cohere's wire can do wrong: plans beside calls, finish reasons and errors of its own.

Scripts: no test may reach Cohere.
"""

from __future__ import annotations

import pytest

from conformance.testing import USAGE, Dialect, Play, Sent, laws, reply, structured, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("cohere")]

TURN = text.COUNT


def test_text_blocks_are_joined(play: Play, dialect: Dialect) -> None:
    """The text of an answer that has several text blocks is joined."""
    body = dialect.completion(TURN.answer)
    body["message"]["content"] = [{"type": "text", "text": word} for word in ("one, ", "two")]
    llm = play(reply(body))

    assert llm.invoke(TURN.messages).content == "one, two"


def test_token_counts_may_be_floats(play: Play, dialect: Dialect) -> None:
    """Token counts that are sent as floats are read as integers, and billed units are not read."""
    floats = {"input_tokens": float(USAGE.prompt_tokens), "output_tokens": float(USAGE.completion_tokens)}
    body = dialect.completion(TURN.answer)
    body["usage"]["tokens"] = floats
    llm = play(reply(body))

    response = llm.invoke(TURN.messages)

    laws.well_formed(response)
    laws.has_fields(response, prompt_tokens=USAGE.prompt_tokens, completion_tokens=USAGE.completion_tokens)


def test_a_stream_may_end_without_done(play: Play, dialect: Dialect) -> None:
    """A stream that ends with ``message-end`` is complete, with ``[DONE]`` behind it and without."""
    script = dialect.streamed(dialect.events(TURN.answer)[:-1])
    llm = play(script)

    response = laws.read(llm.stream(TURN.messages))

    laws.is_the_answer(response, TURN.answer)
    assert response.completion_tokens == USAGE.completion_tokens


def test_a_response_schema_reaches_the_wire(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A response schema is sent in the form that Cohere documents.

    https://docs.cohere.com/v2/docs/structured-outputs
    """

    play(dialect.answering(structured.PERSON.answer)).invoke(
        structured.PERSON.messages, **structured.PERSON.params
    )

    [request] = sent()
    wanted = structured.PERSON.params["response_format"]["json_schema"]["schema"]
    assert request.json()["response_format"] == {"type": "json_object", "json_schema": wanted}


def test_a_blocked_token_is_a_content_filter(play: Play) -> None:
    """The status 498, by which Cohere refuses a token of its deny list, is ``content_filter``.

    https://docs.cohere.com/reference/errors
    """
    llm = play(reply({"message": "The prompt contains a token that is not allowed."}, 498))

    for response in laws.ask_both_ways(llm, text.GREETING.messages):
        laws.failed_as(response, "content_filter")
