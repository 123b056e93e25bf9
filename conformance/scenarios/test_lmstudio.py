"""Requests in the form that LM Studio accepts, and the forms of its answers.

Scripts: no LM Studio can be recorded here. Numbers such as #619 are those of
lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from conformance.servers.scripted.lmstudio_server import KEY
from conformance.testing import Answer, LMStudio, Play, Sent, laws, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("lmstudio-v1", "lmstudio-v0")]

GREETING = text.GREETING
QUESTION = GREETING.messages
JSON = '{"city": "Rome"}'
ANY_OBJECT = {"type": "json_object"}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "place", "schema": {"type": "object"}}}

PICTURES = {"WEBP": "image/png", "GIF": "image/png", "PNG": "image/png", "JPEG": "image/jpeg"}
"""A picture's format, and the type that it is sent as."""


def test_json_object_is_sent_as_a_schema(play: Play, sent: Sent, dialect: LMStudio) -> None:
    """``json_object`` is sent as the schema of any object, and a schema is sent unchanged.

    Seen in #189.
    """
    llm = play(dialect.answering(Answer(JSON)))

    for response_format in (ANY_OBJECT, SCHEMA):
        llm.invoke(QUESTION, response_format=response_format)
        list(llm.stream(QUESTION, response_format=response_format))

    received = [request.json()["response_format"] for request in sent()]
    for any_object in received[:2]:
        assert any_object["type"] == "json_schema"
        assert any_object["json_schema"]["schema"] == {"type": "object"}
    assert received[2:] == [SCHEMA, SCHEMA]


def test_a_tool_choice_must_name_an_offered_tool(play: Play, sent: Sent, dialect: LMStudio) -> None:
    """A tool choice that names a tool which is not offered is a ``bad_request``, and nothing is sent.

    Seen in #670.
    """
    llm = play(dialect.answering(GREETING.answer))
    asked: dict[str, Any] = {
        "tools": [tools.WEATHER],
        "tool_choice": {"type": "function", "function": {"name": "add"}},
    }

    for response in laws.ask_both_ways(llm, QUESTION, **asked):
        laws.failed_as(response, "bad_request")
        assert "add" in str(response.error)
    assert sent() == []


def test_a_named_tool_is_sent_alone_and_required(play: Play, sent: Sent, dialect: LMStudio) -> None:
    """A tool that is chosen by its name is sent alone, with the tool choice ``required``.

    Seen in #670.
    """
    choice = {"type": "function", "function": {"name": "add"}}
    offered = [tools.WEATHER, tools.ADD]

    play(dialect.answering(tools.OF_TWO_TOOLS.answer)).invoke(
        tools.OF_TWO_TOOLS.messages, tools=offered, tool_choice=choice
    )

    [request] = sent()
    assert (request.json()["tools"], request.json()["tool_choice"]) == ([tools.ADD], "required")
    laws.unchanged([tools.WEATHER, tools.ADD], offered)


def test_developer_messages_are_sent_as_system(play: Play, sent: Sent, dialect: LMStudio) -> None:
    """A message of the role ``developer`` is sent with the role ``system``.

    #669, #1730, #2298.
    """

    play(dialect.answering(GREETING.answer)).invoke(
        [{"role": "developer", "content": "Be brief."}, *QUESTION]
    )

    [request] = sent()
    assert request.json()["messages"] == [{"role": "system", "content": "Be brief."}, *QUESTION]


def test_content_beside_calls_is_sent_as_text(play: Play, sent: Sent, dialect: LMStudio) -> None:
    """A message that has only tool calls is sent with an empty text as its content.

    Seen in #261.
    """

    play(dialect.answering(tools.RESULT.answer)).invoke(tools.RESULT.messages, tools=tools.RESULT.tools)

    [request] = sent()
    calling = [message for message in request.json()["messages"] if message.get("tool_calls")]
    assert [message["content"] for message in calling] == [""]


@pytest.mark.parametrize(("kind", "mime"), PICTURES.items(), ids=[kind.lower() for kind in PICTURES])
def test_images_are_sent_as_png_or_jpeg(
    kind: str, mime: str, play: Play, sent: Sent, dialect: LMStudio
) -> None:
    """An image is sent as a data URL of a PNG or a JPEG.

    Seen in #1120, #1752.
    """
    picture = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(picture, kind)
    llm = play(dialect.answering(GREETING.answer))

    llm.invoke(QUESTION, attachments=[picture.getvalue()])
    list(llm.stream(QUESTION, attachments=[picture.getvalue()]))

    for request in sent():
        [(received, data)] = dialect.images(request)
        assert received == mime
        with Image.open(io.BytesIO(data)) as image:
            assert (Image.MIME[str(image.format)], image.size) == (mime, (8, 6))


@pytest.mark.parametrize("wanted", [ANY_OBJECT, SCHEMA], ids=["any-object", "schema"])
def test_requested_json_in_the_reasoning_is_the_content(
    wanted: dict[str, Any], play: Play, dialect: LMStudio
) -> None:
    """A JSON object that was requested and is all of the reasoning becomes the content.

    Seen in #1698, #1773.
    """
    llm = play(dialect.answering(Answer(reasoning=JSON)))

    for response in laws.ask_both_ways(llm, QUESTION, response_format=wanted):
        laws.has_fields(response, content=JSON)
    for response in laws.ask_both_ways(llm, QUESTION):
        laws.has_fields(response, content="", reasoning=JSON)


def test_reasoning_in_words_stays_reasoning(play: Play, dialect: LMStudio) -> None:
    """Reasoning that is not a JSON object stays reasoning, even if an object was requested."""
    thought = Answer(reasoning="I think of Rome.")
    llm = play(dialect.answering(thought))

    for response in laws.ask_both_ways(llm, QUESTION, response_format=SCHEMA):
        laws.is_the_answer(response, thought)


@pytest.mark.parametrize("name", ["", "tiny", KEY.upper(), f"{KEY}@q4_k_m", f"{KEY}:3"])
def test_an_answer_may_name_its_model_differently(name: str, play: Play, dialect: LMStudio) -> None:
    """An answer is accepted if its model's name differs in vendor, case, quantisation or instance alone."""
    llm = play(dialect.answering_as(name, GREETING.answer))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, GREETING.answer)


def test_an_answer_of_another_model_is_not_found(play: Play, dialect: LMStudio) -> None:
    """An answer of another model is reported as ``not_found``, and the message names both models.

    #619, #1217: text of another model looked like an answer.
    """
    llm = play(dialect.answering_as("maker/other", GREETING.answer))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "not_found")
        assert response.content == ""
        assert "maker/other" in str(response.error)
        assert KEY in str(response.error)
