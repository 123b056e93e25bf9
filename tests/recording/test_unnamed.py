"""A key that nobody named is not stored: one that was sent, wherever, or has the shape of a key.

The exchanges are given to the recorder as the transport would, and the file that it writes is read. That they
come over a socket in the same form is tested with the other plants.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance import recording
from conformance.recording import Recorder, Request, Response, SecretFound
from conformance.servers.scripted.dialects import DIALECTS
from conformance.servers.scripted.dialects.eventstream import frame
from tests.recording.cassette_server import JSON, RERECORD, STORED, provenance
from tests.recording.key_shapes import keys

KEYS = keys()
URL = f"{STORED}/v1/chat?alt=sse"
assert DIALECTS, "importing them registers the wires"

Answer = Callable[[str], Response]


def says(text: str) -> Response:
    return Response(401, "No", JSON, json.dumps({"error": {"message": text}}).encode())


def streams(*deltas: str) -> Response:
    events = (json.dumps({"choices": [{"delta": {"content": each}}]}) for each in deltas)
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    return Response(200, "OK", {"content-type": "text/event-stream"}, body)


def frames(*deltas: str) -> Response:
    payloads = (json.dumps({"delta": {"text": each}}).encode() for each in deltas)
    body = b"".join(frame({":event-type": "contentBlockDelta"}, payload) for payload in payloads)
    return Response(200, "OK", {"content-type": "application/vnd.amazon.eventstream"}, body)


def pieces(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


REPEATED: dict[str, Answer] = {
    "in a text": lambda key: says(f"the key {key} is wrong"),
    "in a snippet": lambda key: says(f'curl -H "authorization: Bearer {key}" …'),
    "as JSON escapes it": lambda key: says("".join(f"\\u{ord(each):04x}" for each in key)),
    "in base64": lambda key: says(base64.b64encode(f"user:{key}".encode()).decode()),
    "in deltas": lambda key: streams("It is ", *pieces(key), "."),
    "in the deltas of a binary stream": lambda key: frames("It is ", *pieces(key), "."),
}
"""How a server may repeat a whole key."""

CUT: dict[str, Answer] = {
    "starred": lambda key: says(f"Incorrect API key provided: {key[: len(key) // 3]}****{key[-4:]}."),
    "starred but for its ends": lambda key: says(f"{key[:9]}{'*' * 32}{key[-4:]}"),
    "the end after dots": lambda key: says(f"the key …{key[-5:]} is wrong"),
    "an ellipsis": lambda key: says(f"the key {key[: len(key) * 2 // 3]}... is wrong"),
    "without a word": lambda key: says(f"the key {key[: len(key) * 2 // 3]} is wrong"),
    "half of it": lambda key: says(f"the key {key[: len(key) // 2]} is wrong"),
    "its last 12 characters": lambda key: says(f"the key that ends with {key[-12:]} is wrong"),
    "its end": lambda key: says(f"the key that ends with {key[-16:]} is wrong"),
    "in deltas": lambda key: streams("a ", *pieces(key[: len(key) // 2] + "***" + key[-5:])),
    "in base64": lambda key: says(base64.b64encode(f"{key[: len(key) // 2]}...".encode()).decode()),
}
"""How a server may show a part of a key."""

SENT: dict[str, Callable[[str], Request]] = {
    **{
        f"the header {name}": lambda key, name=name: Request("POST", URL, {**JSON, name: key}, b"{}")  # type: ignore[misc]
        for name in ("apikey", "xi-api-key", "x-login", "helicone-auth", "x-portkey-config", "authorization")
    },
    "a scheme": lambda key: Request("POST", URL, {**JSON, "helicone-auth": f"Bearer {key}"}, b"{}"),
    **{
        f"the query {name}": lambda key, name=name: Request("POST", f"{URL}&{name}={key}", JSON, b"{}")  # type: ignore[misc]
        for name in ("access_key", "auth", "jwt", "pwd", "api-token", "u", "login")
    },
}
"""Where a backend may send a key, beside fields and paths, with which the recording is always refused."""


def stored(path: Path, request: Request, response: Response) -> str:
    """Everything that the recorder writes of an exchange; empty where it refuses to."""
    recorder = Recorder(provenance(), STORED, STORED, ["the-key-of-the-session"])
    recorder.add(request, response)
    try:
        recorder.save(path)
    except SecretFound as refusal:
        assert not path.exists()
        return str(refusal)
    [kept] = recording.read(path, RERECORD).interactions
    return path.read_text("utf-8") + kept.response.body.decode("utf-8", "replace")


@pytest.mark.parametrize("way", REPEATED)
def test_a_key_that_was_neither_named_nor_sent_is_refused_by_its_shape(tmp_path: Path, way: str) -> None:
    question = Request("POST", URL, JSON, b"{}")
    answers = {name: stored(tmp_path / "c", question, REPEATED[way](key)) for name, key in KEYS.items()}
    assert [name for name, kept in answers.items() if "nothing was written" not in kept] == []


@pytest.mark.parametrize("place", SENT)
def test_a_key_that_a_backend_took_from_anywhere_is_not_stored_where_it_was_sent(
    tmp_path: Path, place: str
) -> None:
    for name, key in KEYS.items():
        kept = stored(tmp_path / f"{name}.yaml", SENT[place](key.replace("+", "a")), says("no"))
        assert "nothing was written" not in kept
        assert key not in kept, name


@pytest.mark.parametrize("way", REPEATED)
@pytest.mark.parametrize("password", ["hunter2-of-mine", "correct horse 9", "Pa55word"])
def test_a_password_without_a_shape_is_refused_where_it_comes_back(
    tmp_path: Path, way: str, password: str
) -> None:
    sent = Request("POST", URL, {**JSON, "x-login": password}, b"{}")
    assert "x-login that was sent would be stored" in stored(tmp_path / "c", sent, REPEATED[way](password))


@pytest.mark.parametrize("header", ["apikey", "xi-api-key", "helicone-auth", "x-access-token", "x-jwt"])
def test_a_password_of_letters_is_refused_where_its_header_is_called_like_one(
    tmp_path: Path, header: str
) -> None:
    sent = Request("POST", URL, {**JSON, header: "swordfish"}, b"{}")
    assert f"{header} that was sent would be stored" in stored(tmp_path / "c", sent, says("no swordfish"))


@pytest.mark.parametrize("way", CUT)
def test_a_part_of_a_key_is_refused(tmp_path: Path, way: str) -> None:
    kept = []
    for name, key in KEYS.items():
        sent = Request("POST", URL, {**JSON, "authorization": f"Bearer {key}"}, b"{}")
        answer = stored(tmp_path / "c.yaml", sent, CUT[way](key))
        kept += [name] if "nothing was written" not in answer else []
        assert key[-16:] not in answer
    assert kept == []


@pytest.mark.parametrize(
    ("beginning", "is_kept"),
    [
        ("sk-aB3dE5", False),
        ("gsk_aB3dE5fG", False),
        ("sk-or-v1-0a1b2c", False),
        ("sk-…", True),
        ("sk-12", True),
    ]
    + [
        (name, True) for name in ("hf_hub_download", "tvly-search", "task-force-2026ab", "sk-learn-estimator")
    ],
)
def test_a_beginning_that_nobody_sent_is_a_part_of_a_key_where_it_is_random(
    tmp_path: Path, beginning: str, *, is_kept: bool
) -> None:
    answer = stored(tmp_path / "c.yaml", Request("POST", URL, JSON, b"{}"), says(f"not {beginning} here"))
    assert ("nothing was written" not in answer) is is_kept


@pytest.mark.parametrize(
    "body", ['{{"model": "m", "api_key": "{}"}}', '{{"auth": {{"password": "{}"}}}}', "a=1&pwd={}"]
)
@pytest.mark.parametrize("key", ["hunter2-of-mine", KEYS["Mistral"]])
def test_a_credential_in_a_field_of_the_question_is_refused(tmp_path: Path, body: str, key: str) -> None:
    sent = Request("POST", URL, JSON, body.format(key).encode())
    assert "nothing was written" in stored(tmp_path / "c.yaml", sent, says("no"))


@pytest.mark.parametrize(
    "harmless",
    [
        "gpt-4o-mini-2024-07-18",
        "Qwen3-235B-A22B-Instruct-2507-FP8",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "us.anthropic.claude-3-5-haiku-20241022-v1:0",
        "get_weather_forecast_for_10_days_v2",
        "2026-11-30T10:59:15.123456Z",
        "request id: 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "https://docs.example.com/guides/error-codes/api-errors#code-429",
        "Your key begins with sk-proj-… and ends with four characters.",
        "-----------------------------------------------------------",
        "Supercalifragilisticexpialidocious, AbstractSingletonProxyFactoryBean",
    ],
)
def test_names_dates_and_ids_are_stored(tmp_path: Path, harmless: str) -> None:
    key = {"authorization": f"Bearer {KEYS['OpenAI, a project']}", "user-agent": "openai-python/2.54.0"}
    sent = Request("POST", URL, {**JSON, **key}, b'{"model": "gpt-4o-mini-2024-07-18"}')
    assert "nothing was written" not in stored(tmp_path / "c.yaml", sent, says(harmless))
    assert "nothing was written" not in stored(tmp_path / "d.yaml", sent, streams(*pieces(harmless)))
