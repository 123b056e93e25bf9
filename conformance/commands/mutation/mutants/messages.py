"""Mutants of the messages of a conversation and of its attachments."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.commands.mutation.mutant import Mutation, killed_by, mutant
from conformance.commands.mutation.operators import attachments, each_message, messages, method, question
from conformance.commands.mutation.wrapping import Question

Message = dict[str, Any]


def result(change: Callable[[Message], Message]) -> Mutation:
    """Changes each result of a call."""
    return each_message(lambda message: message["role"] == "tool" and change(message))


def in_parts(kind_of: Callable[[Any, bytes], str]) -> Mutation:
    """Puts attached images into the last message itself, each with the type that ``kind_of`` gives."""

    def moved(sent: Question) -> None:
        images = [(each, _bytes(each)) for each in sent.attachments or ()]
        if not images or not all(data for _, data in images):
            return
        *before, last = sent.messages
        parts: list[Message] = [{"type": "text", "text": last["content"]}]
        for image, data in images:
            url = f"data:{kind_of(image, data)};base64,{base64.b64encode(data).decode('ascii')}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        sent.messages, sent.attachments = [*before, {**last, "content": parts}], None

    return question(moved)


def _bytes(attachment: Any) -> bytes:
    if isinstance(attachment, bytes):
        return attachment
    path = Path(str(attachment))
    return path.read_bytes() if path.is_file() else b""


MUTANTS = [
    *killed_by(
        "invoke/system_prompt",
        drops_the_system_prompt=messages(
            lambda messages: [each for each in messages if each["role"] != "system"] or messages
        ),
        sends_the_system_prompt_as_user=each_message(
            lambda message: message["role"] == "system" and {"role": "user"}
        ),
        sends_the_system_prompt_last=messages(
            lambda messages: sorted(messages, key=lambda message: message["role"] == "system")
        ),
    ),
    *killed_by(
        "invoke/memory",
        sends_only_the_last_message=messages(lambda messages: messages[-1:]),
        sends_only_the_last_four_messages=messages(lambda messages: messages[-4:]),
    ),
    *killed_by(
        "invoke/says",
        drops_non_ascii_from_messages=each_message(
            lambda message: (
                isinstance(message.get("content"), str)
                and {"content": message["content"].encode("ascii", "ignore").decode("ascii")}
            )
        ),
    ),
    *killed_by(
        "invoke/content_as_parts",
        drops_content_parts=each_message(
            lambda message: isinstance(message.get("content"), list) and {"content": ""}
        ),
    ),
    *killed_by(
        "invoke/cache_control_reaches_the_wire",
        drops_cache_control=each_message(
            lambda message: (
                isinstance(message.get("content"), list)
                and {"content": [{**part, "cache_control": None} for part in message["content"]]}
            )
        ),
    ),
    *killed_by(
        "tools/answer_after_two_results",
        sends_every_result_under_one_id=result(lambda _: {"tool_call_id": "call_1"}),
    ),
    *killed_by(
        "tools/answer_after",
        drops_the_id_of_a_result=result(lambda _: {"tool_call_id": ""}),
        drops_earlier_calls=messages(
            lambda messages: [
                {name: each[name] for name in each if name != "tool_calls"} for each in messages
            ]
        ),
        sends_results_as_user=result(lambda _: {"role": "user"}),
    ),
    *killed_by(
        "tools/a_list_as_a_result",
        sends_a_result_as_python_repr=result(lambda message: {"content": str(message["content"])}),
    ),
    *killed_by(
        "attachments/an_image_reaches_the_wire",
        drops_attachments=attachments(lambda _: []),
        guesses_the_type_from_the_name=in_parts(
            lambda image, _: mimetypes.guess_type(str(image))[0] or "image/png"
        ),
        calls_a_jpeg_jpg=in_parts(
            lambda _, data: "image/jpg" if data.startswith(b"\xff\xd8") else "image/png"
        ),
    ),
    *killed_by(
        "attachments/a_large_image_is_scaled_down", sends_large_images=in_parts(lambda *_: "image/png")
    ),
    *killed_by(
        "attachments/attachments_keep_their_order",
        attaches_only_the_first=attachments(lambda attachments: attachments[:1]),
        reverses_attachments=attachments(lambda attachments: attachments[::-1]),
        streams_without_attachments=question(lambda sent: setattr(sent, "attachments", None), only="stream"),
    ),
    *killed_by(
        "attachments/an_unreadable_attachment_is_a_bad_request",
        drops_unreadable_attachments=attachments(
            lambda given: [each for each in given if not isinstance(each, str) or Path(each).is_file()]
        ),
    ),
    *killed_by(
        "described_attachments/a_described_image_is_sent_where_the_model_takes_it",
        takes_only_files_for_attachments=attachments(
            lambda given: [each for each in given if isinstance(each, str | bytes | Path)]
        ),
    ),
    *killed_by(
        "described_attachments/a_text_stands_in_for_a_file_that_the_model_does_not_take",
        forgets_the_text_of_an_attachment=attachments(lambda given: [_without_text(each) for each in given]),
    ),
    *killed_by(
        "described_attachments/a_file_without_a_text_is_refused_by_its_name",
        drops_files_without_a_text=attachments(
            lambda given: [each for each in given if not isinstance(each, Mapping) or "parsed_text" in each]
        ),
    ),
]
"""Those of one expression."""


def _without_text(attachment: Any) -> Any:
    return {**attachment, "parsed_text": None} if isinstance(attachment, Mapping) else attachment


@mutant("invoke/same_role_twice", messages)
def sends_one_of_two_messages_of_a_role(messages: list[Message]) -> list[Message]:
    """Two messages of one role in a row are both sent."""
    return [
        message
        for message, following in zip(messages, [*messages[1:], {"role": None}], strict=True)
        if message["role"] != following["role"] or message["role"] == "tool"
    ]


@mutant("tools/answer_after_two_results", messages)
def swaps_results(messages: list[Message]) -> list[Message]:
    """Each result goes back under the id of its own call."""
    results = iter([message for message in messages if message["role"] == "tool"][::-1])
    return [
        {**message, "content": next(results)["content"]} if message["role"] == "tool" else message
        for message in messages
    ]


@mutant("attachments/an_image_for_a_model_without_vision_is_a_bad_request", method, name="invoke")
def sends_images_to_a_model_without_vision(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """No image is sent to a model that is known not to take images."""
    llm.capabilities["image"] = True
    return invoke(*question, **options)
