"""What LM Studio is asked, and where its answers stand.

No recording tests: no LM Studio can be installed here; a script of the loopback server stands for it.
Numbers such as #619 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from lmstudio_server import GEMMA, OPENAI, LMStudio, Model, asked, loaded
from PIL import Image
from provider_routes import ANSWER, QUESTION, ask, invoked_and_streamed

from conformance.dialogue import Answer, tools
from conformance.wire import always, reply

CHAT = "/chat/completions"
JSON = '{"city": "Rome"}'
SCHEMA = {"type": "json_schema", "json_schema": {"name": "place", "schema": {"type": "object"}}}


@invoked_and_streamed
def test_any_object_is_asked_for_by_a_schema(how: str) -> None:
    """``json_object`` is refused: #189. A schema goes as it is."""
    wanted = {"type": "json_object"}
    with loaded(LMStudio()) as (llm, server):
        ask(llm, how, response_format=wanted)
        ask(llm, how, response_format=SCHEMA)

    any_object, schema = (body["response_format"] for body in asked(server, CHAT))
    assert (any_object["type"], any_object["json_schema"]["schema"]) == ("json_schema", {"type": "object"})
    assert schema == SCHEMA
    assert wanted == {"type": "json_object"}


def test_a_stream_is_asked_for_its_usage() -> None:
    """Without it there is none: #676. A caller may say otherwise."""
    with loaded(LMStudio()) as (llm, server):
        ask(llm, "stream")
        ask(llm, "stream", stream_options={"include_usage": False})
        ask(llm, "invoke")

    wishes = [body.get("stream_options") for body in asked(server, CHAT)]
    assert wishes == [{"include_usage": True}, {"include_usage": False}, None]


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_a_word_as_tool_choice_goes_as_it_is(choice: str) -> None:
    with loaded(LMStudio()) as (llm, server):
        llm.invoke(QUESTION, tools=[tools.WEATHER, tools.ADD], tool_choice=choice)

    (body,) = asked(server, CHAT)
    assert (body["tools"], body["tool_choice"]) == ([tools.WEATHER, tools.ADD], choice)


def test_a_named_tool_is_offered_alone() -> None:
    """LM Studio takes words only: #670."""
    offered = [tools.WEATHER, tools.ADD]
    with loaded(LMStudio()) as (llm, server):
        llm.invoke(QUESTION, tools=offered, tool_choice={"type": "function", "function": {"name": "add"}})

    (body,) = asked(server, CHAT)
    assert (body["tools"], body["tool_choice"]) == ([tools.ADD], "required")
    assert offered == [tools.WEATHER, tools.ADD]


@invoked_and_streamed
def test_a_named_tool_that_is_not_offered_is_a_bad_request(how: str) -> None:
    """Without the name, LM Studio would not know that it was meant."""
    with loaded(LMStudio()) as (llm, server):
        choice = {"type": "function", "function": {"name": "add"}}
        response = ask(llm, how, tools=[tools.WEATHER], tool_choice=choice)

    assert (response.error_kind, asked(server, CHAT)) == ("bad_request", [])


def test_a_developer_is_a_system() -> None:
    """Some versions refuse the role, others rename it: #669, #2298."""
    with loaded(LMStudio()) as (llm, server):
        llm.invoke([{"role": "developer", "content": "Be brief."}, *QUESTION])

    (body,) = asked(server, CHAT)
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, *QUESTION]


def test_content_beside_tool_calls_is_never_null() -> None:
    """It must be "a string or an array of objects": #261."""
    with loaded(LMStudio()) as (llm, server):
        llm.invoke(tools.RESULT.messages, tools=tools.RESULT.tools)

    (body,) = asked(server, CHAT)
    calling = [message for message in body["messages"] if message.get("tool_calls")]
    assert [message["content"] for message in calling] == [""]


@invoked_and_streamed
@pytest.mark.parametrize(
    ("kind", "mime"),
    [("WEBP", "image/png"), ("GIF", "image/png"), ("PNG", "image/png"), ("JPEG", "image/jpeg")],
)
def test_images_are_sent_as_png_or_jpeg(how: str, kind: str, mime: str) -> None:
    """Others are refused: "'url' field must be a base64 encoded image" (#1120, #1752)."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(picture, kind)
    with loaded(LMStudio([Model(vision=True)])) as (llm, server):
        ask(llm, how, attachments=[picture.getvalue()])

    (request,) = OPENAI.chats(server.requests)
    ((sent, data),) = OPENAI.images(request)
    assert sent == mime
    with Image.open(io.BytesIO(data)) as image:
        assert (Image.MIME[str(image.format)], image.size) == (mime, (8, 6))


@invoked_and_streamed
@pytest.mark.parametrize("wanted", [{"type": "json_object"}, SCHEMA])
def test_an_object_among_the_thoughts_is_the_answer(how: str, wanted: dict[str, Any]) -> None:
    """Some models put what was demanded into ``reasoning_content`` and nothing into the content: #1698."""
    with loaded(LMStudio(answer=Answer(reasoning=JSON))) as (llm, _):
        assert ask(llm, how, response_format=wanted).content == JSON
        plain = ask(llm, how)

    assert (plain.content, plain.reasoning) == ("", JSON)


@invoked_and_streamed
def test_thoughts_that_are_no_object_are_no_answer(how: str) -> None:
    with loaded(LMStudio(answer=Answer(reasoning="I think of Rome."))) as (llm, _):
        response = ask(llm, how, response_format=SCHEMA)

    assert (response.content, response.reasoning) == ("", "I think of Rome.")


def test_fields_that_are_always_there_say_nothing_when_empty() -> None:
    """Every answer has ``tool_calls: []`` and ``reasoning_content: ""``, and ``stats: {}``: #1318, #601."""
    body = OPENAI.completion(ANSWER, model=GEMMA)
    body["choices"][0]["message"] |= {"tool_calls": [], "reasoning_content": ""}
    with loaded(LMStudio(chat=always(reply(body | {"stats": {}})))) as (llm, _):
        response = llm.invoke(QUESTION)

    assert (response.content, response.reasoning, response.tool_calls) == (ANSWER.text, "", [])
    assert response.error is None
