"""Files that go with a question."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from conformance.testing import Build, Dialect, Play, Sent, Stage, laws, text

QUESTION = text.GREETING.messages

SOUNDS_AND_FILMS = {
    "wav": b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x10\0\0\0"
    + bytes(16),
    "mp3": b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\0" + bytes(413),
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64),
    "webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(64),
}
"""A file of each kind, which holds silence or nothing."""


def picture(kind: str, width: int = 8, height: int = 8) -> bytes:
    """A picture of one colour, in the format that Pillow calls ``kind``."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 60)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.needs("image")
@pytest.mark.core
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_image_reaches_the_wire(
    kind: str, play: Play, sent: Sent, dialect: Dialect, tmp_path: Path
) -> None:
    """An image that is given as a path or as bytes is sent unchanged, after the text of the last question.

    The type is read from the content: a file called .jpg that is a PNG is refused by providers
    (UKGovernmentBEIS/inspect_evals#11), and so is ``image/jpg`` (ogkalu2/comic-translate#399).
    """
    data = picture(kind)
    path = tmp_path / "misnamed.gif"
    path.write_bytes(data)
    llm = play(dialect.answering(text.GREETING.answer))

    for attachment in (path, str(path), data):
        laws.is_the_answer(llm.invoke(QUESTION, attachments=[attachment]), text.GREETING.answer)

        [received] = dialect.images(sent()[-1])
        assert received == (f"image/{kind.lower()}", data)
        assert dialect.prompt_of(sent()[-1]) == QUESTION[0]["content"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("label", ["image/png", "image/jpg"])
def test_the_media_type_is_read_from_the_content(
    kind: str, label: str, play: Play, sent: Sent, dialect: Dialect
) -> None:
    """An image is sent with the media type of its bytes, and as a type that the server accepts.

    Whatever the caller calls it: UKGovernmentBEIS/inspect_ai#671 (a WebP called PNG), anthropics/
    claude-code#6300 ("does not match the provided media type"), #2438 (a type that is not allowed),
    ogkalu2/comic-translate#399 (``image/jpg``), lmstudio-ai/lmstudio-bug-tracker#1752 (WebP at all).
    """
    url = f"data:{label};base64,{base64.b64encode(picture(kind)).decode()}"

    laws.answers_both_ways(play(dialect.answering(text.GREETING.answer)), text.GREETING, attachments=[url])

    for request in sent():
        [(mime, data)] = dialect.images(request)
        received = Image.open(io.BytesIO(data))
        assert mime == Image.MIME[str(received.format)]
        assert mime in ("image/png", "image/jpeg", "image/gif", "image/webp")
        assert received.size == (8, 8)


def test_attachments_keep_their_order(play: Play, sent: Sent, dialect: Dialect) -> None:
    """Several images are sent in the order in which they were attached, by invoke and by stream."""
    pictures = [picture("PNG", width) for width in (9, 7, 8)]

    laws.answers_both_ways(play(dialect.answering(text.GREETING.answer)), text.GREETING, attachments=pictures)

    for request in sent():
        assert [data for _, data in dialect.images(request)] == pictures


def test_a_large_image_is_scaled_down(play: Play, sent: Sent, dialect: Dialect) -> None:
    """An image of more than 2048 pixels on a side is scaled down to 2048, with its proportions kept."""

    play(dialect.answering(text.GREETING.answer)).invoke(QUESTION, attachments=[picture("PNG", 4096, 1024)])

    [(_, data)] = dialect.images(sent()[-1])
    assert Image.open(io.BytesIO(data)).size == (2048, 512)


@pytest.mark.parametrize(
    "attachment",
    [
        "/no/such/file.png",
        b"",
        b"this is not an image",
        picture("PNG", 64, 64)[:-30],
        b"\xff\xd8\xff\xe0 and no more",
        "data:image/png;base64,&&&",
        "https://example.com/a.png",
        7,
    ],
    ids=["missing", "empty", "no-image", "cut", "corrupt", "not-base64", "web-address", "number"],
)
def test_an_unreadable_attachment_is_a_bad_request(
    attachment: object, play: Play, sent: Sent, dialect: Dialect
) -> None:
    """An attachment that is missing or cannot be read is reported as ``bad_request``, and nothing is sent."""
    llm = play(dialect.answering(text.GREETING.answer))

    response = llm.invoke(QUESTION, attachments=[attachment])
    stream = llm.stream(QUESTION, attachments=[attachment])

    assert list(stream) == []
    for failed in (response, stream.response):
        laws.failed_as(failed, "bad_request")
        assert "attachment" in str(failed.error)
    assert sent() == []


def test_an_image_for_a_model_without_vision_is_a_bad_request(
    play: Play, sent: Sent, dialect: Dialect
) -> None:
    """An image for a model that is known to lack vision is a ``bad_request``, and nothing is sent."""
    llm = play(dialect.answering(text.GREETING.answer))
    llm.capabilities["image"] = False

    laws.failed_as(llm.invoke(QUESTION, attachments=[picture("PNG")]), "bad_request")

    assert llm.has_capability("image") is False
    assert sent() == []


@pytest.mark.parametrize("kind", SOUNDS_AND_FILMS)
def test_audio_and_video_are_sent_or_refused(
    kind: str, play: Play, sent: Sent, dialect: Dialect, tmp_path: Path
) -> None:
    """Audio and video are sent unchanged, or refused with an error that names the attachment.

    BerriAI/litellm#41912: they were left out, and the model answered as if there had been no attachment.
    """
    llm = play(dialect.answering(text.GREETING.answer))
    path = tmp_path / f"attached.{kind}"
    path.write_bytes(SOUNDS_AND_FILMS[kind])
    stream = llm.stream(QUESTION, attachments=[path])
    list(stream)

    for response in (llm.invoke(QUESTION, attachments=[path]), stream.response):
        if response.is_error:
            laws.failed_as(response, "bad_request")
            assert path.name in str(response.error)
    encoded = base64.b64encode(SOUNDS_AND_FILMS[kind])
    assert all(encoded in request.body for request in sent())


@pytest.mark.without("image")
def test_a_refused_image_is_a_bad_request(stage: Stage, build: Build) -> None:
    """An image that the server refuses with a 500 is reported as ``bad_request``, which is not retryable.

    The engine's own words. Retried as a server error, the refusal cost three requests.
    """
    llm = build(stage.url)
    llm.capabilities["image"] = None

    response = llm.invoke(QUESTION, attachments=[picture("PNG")])

    laws.failed_as(response, "bad_request")
    assert response.retryable is False
    assert "image" in str(response.error)
