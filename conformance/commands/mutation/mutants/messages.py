"""Mutants of the messages of a conversation and of its attachments."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import attachments, each_message, messages, method, question
from conformance.commands.mutation.wrapping import Question

Message = dict[str, Any]


@mutant("invoke/system_prompt", messages)
def drops_the_system_prompt(messages: list[Message]) -> list[Message]:
    """The system prompt reaches the model."""
    return [message for message in messages if message["role"] != "system"] or messages


@mutant("invoke/system_prompt", each_message)
def sends_the_system_prompt_as_user(message: Message) -> None:
    """The system prompt keeps its role."""
    if message["role"] == "system":
        message["role"] = "user"


@mutant("invoke/system_prompt", messages)
def sends_the_system_prompt_last(messages: list[Message]) -> list[Message]:
    """The system prompt stays before the question."""
    return sorted(messages, key=lambda message: message["role"] == "system")


@mutant("invoke/memory", messages)
def sends_only_the_last_message(messages: list[Message]) -> list[Message]:
    """The earlier turns reach the model."""
    return messages[-1:]


@mutant("invoke/memory", messages)
def sends_only_the_last_four_messages(messages: list[Message]) -> list[Message]:
    """A long history is sent whole."""
    return messages[-4:]


@mutant("invoke/same_role_twice", messages)
def sends_one_of_two_messages_of_a_role(messages: list[Message]) -> list[Message]:
    """Two messages of one role in a row are both sent."""
    return [
        message
        for message, following in zip(messages, [*messages[1:], {"role": None}], strict=True)
        if message["role"] != following["role"] or message["role"] == "tool"
    ]


@mutant("invoke/says", each_message)
def drops_non_ascii_from_messages(message: Message) -> None:
    """Messages keep their characters outside ASCII."""
    if isinstance(message.get("content"), str):
        message["content"] = message["content"].encode("ascii", "ignore").decode("ascii")


@mutant("invoke/content_as_parts", each_message)
def drops_content_parts(message: Message) -> None:
    """Content that is a list of parts is sent."""
    if isinstance(message.get("content"), list):
        message["content"] = ""


@mutant("invoke/cache_control_reaches_the_wire", each_message)
def drops_cache_control(message: Message) -> None:
    """The cache control of a part is sent."""
    if isinstance(message.get("content"), list):
        message["content"] = [{**part, "cache_control": None} for part in message["content"]]


@mutant("tools/answer_after_two_results", messages)
def swaps_results(messages: list[Message]) -> list[Message]:
    """Each result goes back under the id of its own call."""
    results = iter([message for message in messages if message["role"] == "tool"][::-1])
    return [
        {**message, "content": next(results)["content"]} if message["role"] == "tool" else message
        for message in messages
    ]


@mutant("tools/answer_after_two_results", each_message)
def sends_every_result_under_one_id(message: Message) -> None:
    """Two results have the ids of two calls."""
    if message["role"] == "tool":
        message["tool_call_id"] = "call_1"


@mutant("tools/answer_after", each_message)
def drops_the_id_of_a_result(message: Message) -> None:
    """A result goes back with the id of its call."""
    if message["role"] == "tool":
        message["tool_call_id"] = ""


@mutant("tools/answer_after", each_message)
def drops_earlier_calls(message: Message) -> None:
    """Earlier calls are sent again with the history."""
    message.pop("tool_calls", None)


@mutant("tools/answer_after", each_message)
def sends_results_as_user(message: Message) -> None:
    """A result keeps its role."""
    if message["role"] == "tool":
        message["role"] = "user"


@mutant("tools/a_list_as_a_result", each_message)
def sends_a_result_as_python_repr(message: Message) -> None:
    """A result that is not a string is sent as JSON."""
    if message["role"] == "tool":
        message["content"] = str(message["content"])


@mutant("attachments/an_image_reaches_the_wire", attachments)
def drops_attachments(_: list[Any]) -> list[Any]:
    """Attachments are sent."""
    return []


@mutant("attachments/attachments_keep_their_order", attachments)
def attaches_only_the_first(attachments: list[Any]) -> list[Any]:
    """Every attachment is sent."""
    return attachments[:1]


@mutant("attachments/attachments_keep_their_order", attachments)
def reverses_attachments(attachments: list[Any]) -> list[Any]:
    """Attachments keep their order."""
    return attachments[::-1]


@mutant("attachments/attachments_keep_their_order", question, only="stream")
def streams_without_attachments(sent: Question) -> None:
    """A stream sends attachments too."""
    sent.attachments = None


@mutant("attachments/an_unreadable_attachment_is_a_bad_request", attachments)
def drops_unreadable_attachments(attachments: list[Any]) -> list[Any]:
    """A question whose attachment cannot be read is not sent without it."""
    return [each for each in attachments if not isinstance(each, str) or Path(each).is_file()]


def in_parts(sent: Question, kind_of: Callable[[Any, bytes], str]) -> None:
    """Put attached images into the last message itself, each with the type that ``kind_of`` gives."""
    images = [(each, _bytes(each)) for each in sent.attachments or ()]
    if not images or not all(data for _, data in images):
        return
    *before, last = sent.messages
    parts: list[Message] = [{"type": "text", "text": last["content"]}]
    for image, data in images:
        url = f"data:{kind_of(image, data)};base64,{base64.b64encode(data).decode('ascii')}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    sent.messages, sent.attachments = [*before, {**last, "content": parts}], None


def _bytes(attachment: Any) -> bytes:
    if isinstance(attachment, bytes):
        return attachment
    path = Path(str(attachment))
    return path.read_bytes() if path.is_file() else b""


@mutant("attachments/an_image_reaches_the_wire", question)
def guesses_the_type_from_the_name(sent: Question) -> None:
    """The type of an attachment follows from its content, whatever its name."""
    in_parts(sent, lambda image, _: mimetypes.guess_type(str(image))[0] or "image/png")


@mutant("attachments/an_image_reaches_the_wire", question)
def calls_a_jpeg_jpg(sent: Question) -> None:
    """The type of a JPEG is ``image/jpeg``; servers refuse ``image/jpg``."""
    in_parts(sent, lambda _, data: "image/jpg" if data.startswith(b"\xff\xd8") else "image/png")


@mutant("attachments/a_large_image_is_scaled_down", question)
def sends_large_images(sent: Question) -> None:
    """An image that is too large for servers is scaled down."""
    in_parts(sent, lambda *_: "image/png")


@mutant("attachments/an_image_for_a_model_without_vision_is_a_bad_request", method, name="invoke")
def sends_images_to_a_model_without_vision(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """No image is sent to a model that is known not to take images."""
    llm.capabilities["image"] = True
    return invoke(*question, **options)
