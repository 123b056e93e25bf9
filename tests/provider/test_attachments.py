"""Turning files into content parts.

Unit tests of what no scenario covers: formats, places and odd messages.
"""

from __future__ import annotations

import base64
import io
from typing import Any
from unittest.mock import MagicMock

import pytest
from PIL import ExifTags, Image

from provider.chat.attachments import UNIVERSAL_IMAGE_TYPES, with_attachments
from provider.errors import LLMProviderError

USER = {"role": "user", "content": "What is this?"}
UNKNOWN: dict[str, bool | None] = {"image": None, "audio": None, "video": None}
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(24)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (4, 4), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


def damaged_picture() -> bytes:
    """A PNG whose second IDAT chunk has an invalid name, for which Pillow raises a SyntaxError."""
    buffer = io.BytesIO()
    Image.effect_noise((300, 300), 100).save(buffer, "PNG")
    first, second, rest = buffer.getvalue().split(b"IDAT", 2)
    return first + b"IDAT" + second + b"\xfeb\x14x" + rest


def parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = message["content"]
    return content


def sent(data: bytes) -> Image.Image:
    """The image that is sent for ``data``."""
    [message] = with_attachments([USER], [data], UNKNOWN, UNIVERSAL_IMAGE_TYPES)
    url = parts(message)[1]["image_url"]["url"]
    head, _, body = url.partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(body)))
    assert head == f"data:{image.get_format_mimetype()};base64"
    return image


@pytest.mark.parametrize(
    ("kind", "mode"), [("WEBP", "RGB"), ("GIF", "RGB"), ("BMP", "RGB"), ("TIFF", "CMYK"), ("TIFF", "F")]
)
def test_an_image_of_an_unsupported_type_becomes_a_png(kind: str, mode: str) -> None:
    """lmstudio-ai/lmstudio-bug-tracker#1752: LM Studio accepts only PNG and JPEG."""
    image = sent(picture(kind, mode))

    assert (image.format, image.size) == ("PNG", (4, 4))


def test_an_image_that_is_scaled_down_is_turned_as_its_exif_data_say() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be displayed turned by 90 degrees

    assert sent(picture("JPEG", size=(4096, 1024), exif=exif)).size == (512, 2048)


def test_attachments_go_with_the_last_user_message() -> None:
    history = [USER, {"role": "assistant", "content": "A cat."}, {"role": "user", "content": "And this?"}]

    first, _, last = with_attachments(history, [picture("PNG")], UNKNOWN, UNIVERSAL_IMAGE_TYPES)

    assert first == USER
    assert [part["type"] for part in parts(last)] == ["text", "image_url"]
    assert history[2]["content"] == "And this?"


def test_attachments_come_after_the_parts_of_the_message() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}

    [sent] = with_attachments([message], [picture("PNG")], UNKNOWN, UNIVERSAL_IMAGE_TYPES)

    assert [part.get("text") for part in parts(sent)] == ["a", "b", None]
    assert len(message["content"]) == 2


def test_sound_is_sent_as_sound() -> None:
    [message] = with_attachments([USER], [SOUND], UNKNOWN, UNIVERSAL_IMAGE_TYPES)

    assert parts(message)[1] == {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(SOUND).decode(), "format": "wav"},
    }


@pytest.mark.parametrize(
    ("messages", "attachment", "message"),
    [
        ([{"role": "system", "content": "x"}], picture("PNG"), "user message"),
        ([USER], b"%PDF-1.4 something", "images, audio and video"),
        ([USER], damaged_picture(), "not a readable image: broken PNG file"),
    ],
)
def test_what_cannot_be_sent_is_named(messages: Any, attachment: Any, message: str) -> None:
    with pytest.raises(LLMProviderError, match=message) as raised:
        with_attachments(messages, [attachment], UNKNOWN, UNIVERSAL_IMAGE_TYPES)

    assert raised.value.kind == "bad_request"


TAKES_IMAGES = {**UNKNOWN, "image": True}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"path": "/no/such/file.png", "modality": "image"}, "The attached image file file.png has"),
        ({"path": "/no/such/file.png", "file_name": 7, "modality": None}, "The attached file file.png has"),
        ({"path": "/no/such/file.pdf", "modality": "document"}, "The attached document file file.pdf has"),
    ],
)
def test_a_text_stands_in_for_a_file_that_cannot_be_read(fields: dict[str, Any], text: str) -> None:
    [message] = with_attachments(
        [USER], [{**fields, "parsed_text": "Read."}], TAKES_IMAGES, UNIVERSAL_IMAGE_TYPES
    )

    assert message["content"] == f"What is this?\n\n{text} this content:\nRead."


def test_texts_and_files_keep_their_order() -> None:
    given = [{"path": "/no/such/file.pdf", "parsed_text": "Read."}, picture("PNG")]

    [message] = with_attachments([USER], given, TAKES_IMAGES, UNIVERSAL_IMAGE_TYPES)

    assert [part["type"] for part in parts(message)] == ["text", "text", "image_url"]


@pytest.mark.parametrize("nothing", [[], (), iter(())])
def test_no_attachments_change_nothing(nothing: Any) -> None:
    history = [{"role": "system", "content": "x"}]

    assert with_attachments(history, nothing, UNKNOWN, UNIVERSAL_IMAGE_TYPES) == history


@pytest.mark.parametrize("given", ["a.png", b"", {"path": "a.png"}, 7])
def test_attachments_must_be_a_list(given: Any) -> None:
    with pytest.raises(LLMProviderError, match="attachments must be a list of attachments, not"):
        with_attachments([USER], given, UNKNOWN, UNIVERSAL_IMAGE_TYPES)


@pytest.mark.parametrize("given", [{"name": "a.png"}, {"path": 7}, MagicMock()])
def test_what_has_no_path_is_no_attachment(given: Any) -> None:
    with pytest.raises(LLMProviderError, match="or an object with a path, not"):
        with_attachments([USER], [given], UNKNOWN, UNIVERSAL_IMAGE_TYPES)
