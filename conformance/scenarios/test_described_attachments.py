"""Files that an application describes: where each is, what it is, and the text that stands in for it.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from conformance.testing import Dialect, Play, Sent, laws, text

TURN = text.GREETING
READ = "An invoice of 12 June, 40 euros."

_FILE = io.BytesIO()
Image.new("RGB", (8, 8), (200, 30, 60)).save(_FILE, "PNG")
PNG = _FILE.getvalue()


class Bundle:
    """What an application collects its attachments in; it can only be iterated."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


in_every_form = pytest.mark.parametrize(
    "given",
    [
        lambda fields: [fields],
        lambda fields: [SimpleNamespace(**fields)],
        lambda fields: Bundle([SimpleNamespace(**fields)]),
    ],
    ids=["mapping", "object", "bundle"],
)
Given = Callable[[dict[str, Any]], Any]


def described(path: Path, modality: str, **more: Any) -> dict[str, Any]:
    """A file as an application describes it, cached under another name than its own."""
    return {"path": str(path), "extension": ".x", "file_name": "June.x", "modality": modality, **more}


@in_every_form
def test_a_described_image_is_sent_where_the_model_takes_it(
    given: Given, play: Play, sent: Sent, dialect: Dialect, tmp_path: Path
) -> None:
    """An image given by an object or a mapping with its ``path`` is sent to a model that takes images.

    Its text is then not sent.
    """
    path = tmp_path / "cached.bin"
    path.write_bytes(PNG)
    llm = play(dialect.answering(TURN.answer))
    llm.capabilities["image"] = True

    laws.answers_both_ways(llm, TURN, attachments=given(described(path, "image", parsed_text=READ)))

    for request in sent():
        assert dialect.images(request) == [("image/png", PNG)]
        assert READ.encode() not in request.body


@in_every_form
@pytest.mark.parametrize("takes", [False, None], ids=["known-not-to", "unknown"])
@pytest.mark.parametrize("modality", ["image", "document"])
def test_a_text_stands_in_for_a_file_that_the_model_does_not_take(
    modality: str, takes: bool | None, given: Given, play: Play, sent: Sent, dialect: Dialect, tmp_path: Path
) -> None:
    """Where the model is not known to take a file, its ``parsed_text`` is sent with the question instead."""
    path = tmp_path / "cached.bin"
    path.write_bytes(PNG if modality == "image" else b"%PDF-1.4 something")
    llm = play(dialect.answering(TURN.answer))
    llm.capabilities["image"] = takes

    laws.answers_both_ways(llm, TURN, attachments=given(described(path, modality, parsed_text=READ)))

    for request in sent():
        assert dialect.images(request) == []
        for part in (READ, "June.x", TURN.messages[0]["content"]):
            assert part.encode() in request.body


@in_every_form
@pytest.mark.parametrize("modality", ["image", "document"])
def test_a_file_without_a_text_is_refused_by_its_name(
    modality: str, given: Given, play: Play, sent: Sent, dialect: Dialect, tmp_path: Path
) -> None:
    """A file that the model does not take, and that has no text, is refused by its name and modality."""
    path = tmp_path / "cached.bin"
    path.write_bytes(PNG if modality == "image" else b"%PDF-1.4 something")
    llm = play(dialect.answering(TURN.answer))
    llm.capabilities["image"] = False

    for response in laws.ask_both_ways(llm, TURN.messages, attachments=given(described(path, modality))):
        laws.refused(response)
        assert "June.x" in str(response.error)
        assert modality in str(response.error)
    assert sent() == []
