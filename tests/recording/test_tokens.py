"""Signed requests, granted tokens and files of credentials, over a real socket."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from conformance import recording
from conformance.recording import Recorder, RequestNotRecorded, SecretFound
from tests.recording.cassette_server import RERECORD, STORED, Reply, provenance, record, replayed, serving

TOKEN = "granted-0123456789-abcdefghij"


def test_a_query_with_a_new_signature_finds_its_recording(tmp_path: Path) -> None:
    def route(day: str, signature: str, expires: str = "60") -> str:
        signed = f"X-Amz-Algorithm=AWS4&X-Amz-Date={day}&X-Amz-Expires={expires}&X-Amz-Credential=me%2F{day}"
        return f"/file?{signed}&X-Amz-Security-Token={signature}&X-Amz-Signature={signature}"

    path = tmp_path / "c.yaml"
    record(path, Reply(b"1"), route=route("20261123T120000Z", "a" * 64))
    assert replayed(path, route("20270101T000000Z", "b" * 64), {}, "another") == 1
    with pytest.raises(RequestNotRecorded):
        replayed(path, route("20270101T000000Z", "b" * 64, expires="61"), {}, "another")


def signed(key: str, signature: str) -> dict[str, str]:
    scope = f"{key}/20261123/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature={signature}",
        "x-amz-date": f"2026{signature[:4]}T120000Z",
        "x-amz-security-token": signature * 2,
    }


def test_a_new_signature_finds_its_recording_and_one_of_another_key_does_not(tmp_path: Path) -> None:
    path, key = tmp_path / "c.yaml", "AKIA2B3C4D5E6F7G8H9J"
    stored = record(path, Reply(b"1"), sent=signed(key, "1" * 64), secrets={"AWS_ACCESS_KEY_ID": key})
    assert stored.request.headers == {
        "authorization": "AWS4-HMAC-SHA256 <API_KEY>",
        "content-type": "application/json",
    }
    assert replayed(path, "/v1/chat", signed("replay-key", "2" * 64), "replay-key") == 1
    with pytest.raises(RequestNotRecorded):
        replayed(path, "/v1/chat", signed("wrong-key", "2" * 64), "replay-key")


def granted_and_used(path: Path, answer: bytes) -> None:
    """A token is asked for and granted, and the chat asked with it."""
    grant = Reply(json.dumps({"access_token": TOKEN, "expires_in": 3599}).encode())
    asked = b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=signed.claim.here"
    with (
        serving([grant, Reply(answer)]) as base,
        recording.record(path, Recorder(provenance(), base, STORED, {"KEY": "another"})),
        httpx.Client(trust_env=False) as http,
    ):
        token = http.post(f"{base}/token", content=asked).json()["access_token"]
        http.post(f"{base}/v1/chat", json={}, headers={"authorization": f"Bearer {token}"})


def test_a_granted_token_and_its_request_are_not_stored(tmp_path: Path) -> None:
    granted_and_used(tmp_path / "c.yaml", b"1")
    [kept] = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert kept.request.uri == f"{STORED}/v1/chat"
    assert kept.request.headers["authorization"] == "Bearer <UNKNOWN_KEY>"


def test_an_answer_that_repeats_a_granted_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretFound, match=r"the token that was granted|the credential in the header"):
        granted_and_used(tmp_path / "c.yaml", json.dumps({"echo": TOKEN}).encode())
    assert list(tmp_path.iterdir()) == []


ACCOUNT_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "8f3a61c9d2b7e4058f3a61c9d2b7e40518c4a97b",
        "private_key": "\n".join(
            ("-----BEGIN KEY-----", "MIIEvQ" + "Ab1" * 18, "Zz9" * 20, "-----END KEY-----")
        ),
        "client_email": "bot@acme.iam.gserviceaccount.com",
    }
)


@pytest.mark.parametrize(
    "part", ["8f3a61c9d2b7e4058f3a61c9d2b7e40518c4a97b", "Zz9" * 20, f"MIIEvQ{'Ab1' * 18}\n{'Zz9' * 20}"]
)
def test_an_answer_that_repeats_a_secret_part_of_an_account_file_is_refused(
    tmp_path: Path, part: str
) -> None:
    with pytest.raises(SecretFound, match="of GOOGLE_ACCOUNT would be stored"):
        record(
            tmp_path / "c.yaml",
            Reply(json.dumps({"echo": part}).encode()),
            secrets={"GOOGLE_ACCOUNT": ACCOUNT_FILE},
        )


def test_an_answer_that_repeats_a_harmless_part_of_an_account_file_is_stored(tmp_path: Path) -> None:
    reply = Reply(b'{"type": "service_account", "project_id": "acme"}')
    record(tmp_path / "c.yaml", reply, secrets={"GOOGLE_ACCOUNT": ACCOUNT_FILE})
