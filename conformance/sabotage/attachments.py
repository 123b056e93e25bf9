"""Saboteurs of what is attached to a question."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.sabotage.saboteur import Backend, saboteur
from conformance.sabotage.spoiling import Question, overriding, spoiled
from provider.response import LLMResponse


def attaching(right: Backend, change: Callable[[list[Any]], list[Any]]) -> Backend:
    """A class that sends other attachments."""
    return spoiled(
        right,
        asks=lambda question: replace(question, attachments=change(list(question.attachments or ()))),
    )


@saboteur("attachments/an_image_reaches_the_wire")
def drops_attachments(right: Backend) -> Backend:
    """What is attached to a question is sent."""
    return attaching(right, lambda _: [])


@saboteur("attachments/an_image_goes_with_a_stream")
def attaches_only_the_first(right: Backend) -> Backend:
    """Everything that is attached is sent."""
    return attaching(right, lambda attachments: attachments[:1])


@saboteur("attachments/an_image_goes_with_a_stream")
def exchanges_attachments(right: Backend) -> Backend:
    """What is attached keeps its order."""
    return attaching(right, lambda attachments: attachments[::-1])


@saboteur("attachments/an_image_goes_with_a_stream")
def streams_without_attachments(right: Backend) -> Backend:
    """What is attached goes with a stream too."""
    return spoiled(right, asks=lambda question: replace(question, attachments=None), only="stream")


@saboteur("attachments/what_cannot_be_attached_is_not_sent")
def leaves_out_what_cannot_be_read(right: Backend) -> Backend:
    """A question whose attachment cannot be read is not sent without it."""
    return attaching(
        right,
        lambda attachments: [
            each for each in attachments if not isinstance(each, str) or Path(each).is_file()
        ],
    )


def in_parts(right: Backend, address: Callable[[Any, bytes], str]) -> Backend:
    """A class that puts attached images into the last message by itself, each under an address."""

    def asks(question: Question) -> Question:
        images = [(each, _bytes(each)) for each in question.attachments or ()]
        if not images or not all(data for _, data in images):
            return question
        *before, last = question.messages
        parts = [{"type": "text", "text": last["content"]}]
        parts += [{"type": "image_url", "image_url": {"url": address(*each)}} for each in images]
        return replace(question, messages=[*before, {**last, "content": parts}], attachments=None)

    return spoiled(right, asks=asks)


def _bytes(attachment: Any) -> bytes:
    if isinstance(attachment, bytes):
        return attachment
    path = Path(str(attachment))
    return path.read_bytes() if path.is_file() else b""


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


@saboteur("attachments/an_image_reaches_the_wire")
def tells_the_type_by_the_name(right: Backend) -> Backend:
    """The type of an attachment is told by its content, whatever its name says."""
    return in_parts(
        right, lambda image, data: _data_url(mimetypes.guess_type(str(image))[0] or "image/png", data)
    )


@saboteur("attachments/an_image_reaches_the_wire")
def calls_a_jpeg_jpg(right: Backend) -> Backend:
    """The type of a JPEG is ``image/jpeg``: ``image/jpg`` is refused."""
    return in_parts(
        right, lambda _, data: _data_url("image/jpg" if data.startswith(b"\xff\xd8") else "image/png", data)
    )


@saboteur("attachments/a_large_image_is_scaled_down")
def sends_large_images(right: Backend) -> Backend:
    """An image that is larger than servers take is scaled down."""
    return in_parts(right, lambda _, data: _data_url("image/png", data))


@saboteur("attachments/a_blind_model_is_not_shown_images")
def shows_images_to_the_blind(right: Backend) -> Backend:
    """A model that is known not to see is shown no image."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        self.capabilities["image"] = True
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)
