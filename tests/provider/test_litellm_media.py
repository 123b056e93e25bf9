"""What a route cannot carry is refused before anything is sent: litellm would leave it out silently."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from provider import LiteLLM
from provider.litellm.media import media_of
from tests.provider.routes import ANSWER, KEY, ask, invoked_and_streamed

WAV = b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x10\0\0\0" + bytes(16)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)
FILES = {"wav": WAV, "mp4": MP4}
AWS = {"aws_region_name": "us-east-1"}


@pytest.mark.parametrize("label", ["litellm@anthropic"])  # keeps litellm on one worker of xdist
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("model", "wire", "path", "options"),
    [
        ("openai/m", "openai", "/v1", {}),
        ("groq/m", "groq", "/openai/v1", {}),
        ("mistral/m", "mistral", "/v1", {}),
        ("anthropic/claude-sonnet-4-6", "anthropic", "", {}),
        ("bedrock/converse/anthropic.claude-v2", "bedrock", "", AWS),
        ("gemini/gemini-3-flash", "gemini", "/v1beta", {}),
        ("cohere_chat/command-a-03-2025", "cohere", "/v2/chat", {}),
    ],
)
@invoked_and_streamed
def test_a_medium_is_sent_or_refused_before_anything_is_sent(
    how: str, model: str, wire: str, path: str, options: dict[str, Any], kind: str, label: str, tmp_path: Path
) -> None:
    del label
    file = tmp_path / f"attached.{kind}"
    file.write_bytes(FILES[kind])
    with (
        ScriptedServer(dialect(wire).answering(ANSWER)) as server,
        LiteLLM(model, KEY, server.url + path, max_retries=0, **options) as llm,
    ):
        response = ask(llm, how, attachments=[file])

    if response.is_error:
        assert response.error_kind == "bad_request"
        assert str(file) in str(response.error)
        assert f"{model.partition('/')[0]}/" in str(response.error)
        assert not server.requests
    else:
        assert all(base64.b64encode(FILES[kind]) in request.body for request in server.requests)


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, [("audio/wav", b"AAAA")]),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}, [("image/png", b"AA")]),
        ({"type": "image_url", "image_url": "data:image/png;base64,AA"}, [("image/png", b"AA")]),
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, []),
        ({"type": "video_url", "video_url": {"url": "https://e.com/a"}}, [("video", b"https://e.com/a")]),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}},
            [("application/pdf", b"AA")],
        ),
        ({"type": "file", "file": {"file_data": "data:text/plain;base64,AA"}}, []),
        ({"type": "text", "text": "data:image/png;base64,AA"}, []),
        ({"type": 7}, []),
    ],
)
def test_what_a_message_holds_is_what_must_be_sent(part: Any, named: list[tuple[str, bytes]]) -> None:
    found = media_of([{"role": "user", "content": [part]}, {"role": "assistant", "content": None}])
    assert [(medium.kind, medium.data) for medium in found] == named
