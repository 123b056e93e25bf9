"""Mutants of attachments."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import Question, overriding, spoiled
from provider.response import LLMResponse


def with_attachments(right: Backend, change: Callable[[list[Any]], list[Any]]) -> Backend:
    """A class that changes the attachments of a question."""
    return spoiled(
        right,
        asks=lambda question: replace(question, attachments=change(list(question.attachments or ()))),
    )


@mutant("attachments/an_image_reaches_the_wire")
def drops_attachments(right: Backend) -> Backend:
    """Attachments are sent."""
    return with_attachments(right, lambda _: [])


@mutant("attachments/an_image_goes_with_a_stream")
def attaches_only_the_first(right: Backend) -> Backend:
    """Every attachment is sent."""
    return with_attachments(right, lambda attachments: attachments[:1])


@mutant("attachments/an_image_goes_with_a_stream")
def reverses_attachments(right: Backend) -> Backend:
    """Attachments keep their order."""
    return with_attachments(right, lambda attachments: attachments[::-1])


@mutant("attachments/an_image_goes_with_a_stream")
def streams_without_attachments(right: Backend) -> Backend:
    """A stream sends attachments too."""
    return spoiled(right, asks=lambda question: replace(question, attachments=None), only="stream")


@mutant("attachments/an_unreadable_attachment_is_a_bad_request")
def drops_unreadable_attachments(right: Backend) -> Backend:
    """A question whose attachment cannot be read is not sent without it."""
    return with_attachments(
        right,
        lambda attachments: [
            each for each in attachments if not isinstance(each, str) or Path(each).is_file()
        ],
    )


def in_parts(right: Backend, address: Callable[[Any, bytes], str]) -> Backend:
    """A class that puts attached images into the last message itself, under the URLs of ``address``."""

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


@mutant("attachments/an_image_reaches_the_wire")
def guesses_the_type_from_the_name(right: Backend) -> Backend:
    """The type of an attachment follows from its content, whatever its name."""
    return in_parts(
        right, lambda image, data: _data_url(mimetypes.guess_type(str(image))[0] or "image/png", data)
    )


@mutant("attachments/an_image_reaches_the_wire")
def calls_a_jpeg_jpg(right: Backend) -> Backend:
    """The type of a JPEG is ``image/jpeg``; servers refuse ``image/jpg``."""
    return in_parts(
        right, lambda _, data: _data_url("image/jpg" if data.startswith(b"\xff\xd8") else "image/png", data)
    )


@mutant("attachments/a_large_image_is_scaled_down")
def sends_large_images(right: Backend) -> Backend:
    """An image that is too large for servers is scaled down."""
    return in_parts(right, lambda _, data: _data_url("image/png", data))


@mutant("attachments/an_image_for_a_model_without_vision_is_a_bad_request")
def sends_images_to_a_model_without_vision(right: Backend) -> Backend:
    """No image is sent to a model that is known not to take images."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        self.capabilities["image"] = True
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)
