"""Account data, keys that nobody named, signed requests and granted tokens, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from cassette_server import RERECORD, STORED, Reply, provenance, serving

from conformance import recording
from conformance.dialogue import text, tools
from conformance.recording import Interaction, RequestNotRecorded, SecretFound
from conformance.recording.shapes import accounts_in, key_in, without_accounts

ACCOUNTS = {
    "an organisation id": ("org-Ab12Cd34Ef56Gh78Ij90Kl12", "org-hidden"),
    "Groq's organisation id": ("org_01hx4567abcdefghjkmnpqrstv", "org_hidden"),
    "a project id": ("proj_Ab12Cd34Ef56Gh78Ij90Kl12", "proj_hidden"),
    "a user id": ("user-Ab12Cd34Ef56Gh78Ij90Kl12", "user-hidden"),
    "an AWS account": (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x",
        "arn:aws:bedrock:us-east-1:000000000000:inference-profile/x",
    ),
    "a Google project": ("projects/987654321098 has no quota", "projects/000000 has no quota"),
    "an Azure subscription": (
        "/subscriptions/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/x",
        "/subscriptions/00000000-0000-0000-0000-000000000000/x",
    ),
    "an address": ("jane.doe+llm@mail.corp.io", "someone@example.invalid"),
    "a service account": ("bot@my-project.iam.gserviceaccount.com", "someone@example.invalid"),
}

KEYS = {
    "OpenAI": "sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v",
    "Anthropic": "sk-ant-api03-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v",
    "Google": "AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "Google's token": "ya29.a0AfB3dE5fG7hJ9kL1mN3pQ5rS7tU9v",
    "AWS": "AKIA2B3C4D5E6F7G8H9J",
    "Groq": "gsk_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v",
    "GitHub": "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z",
    "Slack": "xoxb-123456789012-aB3dE5fG7hJ9kL1mN3pQ",
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLWl0",
    "PEM": "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n-----END RSA PRIVATE KEY-----",
    "a signed address": "https://store.invalid/a?X-Amz-Signature=0123456789abcdef0123456789abcdef",
}

TOKEN = "granted-0123456789-abcdefghij"


def record(
    path: Path,
    reply: Reply,
    *,
    route: str = "/v1/chat",
    sent: Mapping[str, str] | None = None,
    body: bytes = b"{}",
    secrets: Mapping[str, str] | None = None,
    identifiers: Mapping[str, str] | None = None,
    **origin: str,
) -> Interaction:
    """One exchange over a socket; gives it as it is stored."""
    known = secrets or {"KEY": "the-key-of-the-session"}
    with (
        serving([reply]) as base,
        recording.record(path, provenance(**origin), base, STORED, known, identifiers=identifiers),
        httpx.Client(trust_env=False, timeout=10) as http,
    ):
        http.post(base + route, content=body, headers={"content-type": "application/json", **(sent or {})})
    [stored] = recording.read(path, RERECORD).interactions
    return stored


def replayed(path: Path, route: str, sent: Mapping[str, str], secret: str, body: bytes = b"{}") -> object:
    with recording.replay(path, RERECORD, [secret]), httpx.Client(trust_env=False) as http:
        headers = {"content-type": "application/json", **sent}
        return http.post(STORED + route, content=body, headers=headers).json()


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_an_error_that_names_an_account_stays_recordable(tmp_path: Path, kind: str) -> None:
    value, placeholder = ACCOUNTS[kind]
    told = f"Rate limit reached for tiny in\n{value}\non tokens per min"
    stored = record(tmp_path / "c.yaml", Reply(json.dumps({"error": {"message": told}}).encode(), 429))
    assert json.loads(stored.response.body)["error"]["message"] == told.replace(value, placeholder)
    assert value not in (tmp_path / "c.yaml").read_text("utf-8")


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_account_data_is_told_by_the_audit_and_its_placeholder_is_not(kind: str) -> None:
    value, placeholder = ACCOUNTS[kind]
    assert list(accounts_in(f"in {value}."))
    assert not list(accounts_in(f"in {placeholder}."))


def test_a_request_that_names_an_account_is_answered_by_its_recording(tmp_path: Path) -> None:
    """The same is done to what is sent in replay."""
    arn = "arn%3Aaws%3Abedrock%3Aeu%3A123456789012%3Ax"
    body = json.dumps({"user": "jane@corp.io"}).encode()
    model = "bedrock/arn:aws:bedrock:eu:123456789012:x"
    record(tmp_path / "c.yaml", Reply(b"1"), route=f"/model/{arn}", body=body, model=model)
    stored = (tmp_path / "c.yaml").read_text("utf-8")
    assert "123456789012" not in stored
    assert "jane" not in stored
    other = arn.replace("123456789012", "210987654321")
    assert replayed(tmp_path / "c.yaml", f"/model/{other}", {}, "another", body) == 1


@pytest.mark.parametrize(
    "said", ["bob@example.com", "a@b.test", "x @y", "user-friendly", "org-chart", "arn:x"]
)
def test_what_is_nobodys_stays_as_it_is(said: str) -> None:
    assert without_accounts(said) == said


def test_the_dialogue_holds_no_account_data() -> None:
    for room in (text, tools):
        turns = [each for each in vars(room).values() if hasattr(each, "messages")]
        assert turns
        for turn in turns:
            plain = json.dumps([list(turn.messages), repr(turn.answer)], ensure_ascii=False)
            assert without_accounts(plain) == plain


def test_a_named_identifier_is_replaced_in_address_question_and_answer(tmp_path: Path) -> None:
    stored = record(
        tmp_path / "c.yaml",
        Reply(b'{"from": "acme-prod", "text": "acme-production, see\\nacme-prod"}'),
        route="/projects/acme-prod/chat",
        body=b'{"project": "acme-prod"}',
        identifiers={"acme-prod": "conformance"},
        host="https://acme-prod.azure.invalid",
    )
    assert stored.request.uri == f"{STORED}/projects/conformance/chat"
    assert json.loads(stored.request.body) == {"project": "conformance"}
    answer = {"from": "conformance", "text": "acme-production, see\nconformance"}
    assert json.loads(stored.response.body) == answer
    assert recording.read(tmp_path / "c.yaml", "").provenance.host == "https://conformance.azure.invalid"


def test_an_identifier_that_cannot_be_replaced_stops_the_saving(tmp_path: Path) -> None:
    body = b'data: {"delta": "acme-"}\n\ndata: {"delta": "prod"}\n\n'
    with pytest.raises(SecretFound, match=r"an identifier of the account would be stored at .*in pieces"):
        record(
            tmp_path / "c.yaml",
            Reply(body, headers={"content-type": "text/event-stream"}),
            identifiers={"acme-prod": "conformance"},
        )


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_nobody_named_is_known_by_its_shape(tmp_path: Path, kind: str) -> None:
    value = KEYS[kind]
    with pytest.raises(SecretFound) as caught:
        record(tmp_path / "c.yaml", Reply(json.dumps({"text": f"it is {value}, yes"}).encode()))
    assert value not in str(caught.value)
    assert key_in(value) in str(caught.value)


@pytest.mark.parametrize(
    "said", ["sk-conformance-wrong-key-of-nobody", "task-force-of-twenty-people-or-more"]
)
def test_what_only_looks_like_a_key_is_none(said: str) -> None:
    assert key_in(said) == ""


def test_a_query_signed_anew_is_answered_by_its_recording(tmp_path: Path) -> None:
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


def test_a_request_signed_anew_is_answered_and_one_signed_with_another_key_is_not(tmp_path: Path) -> None:
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
        recording.record(path, provenance(), base, STORED, {"KEY": "another"}),
        httpx.Client(trust_env=False) as http,
    ):
        token = http.post(f"{base}/token", content=asked).json()["access_token"]
        http.post(f"{base}/v1/chat", json={}, headers={"authorization": f"Bearer {token}"})


def test_a_granted_token_and_how_it_was_asked_for_are_not_kept(tmp_path: Path) -> None:
    granted_and_used(tmp_path / "c.yaml", b"1")
    [kept] = recording.read(tmp_path / "c.yaml", RERECORD).interactions
    assert kept.request.uri == f"{STORED}/v1/chat"
    assert kept.request.headers["authorization"] == "Bearer <UNKNOWN_KEY>"


def test_a_granted_token_may_not_be_said_again(tmp_path: Path) -> None:
    with pytest.raises(SecretFound, match=r"the token that was granted|the credential in the header"):
        granted_and_used(tmp_path / "c.yaml", json.dumps({"echo": TOKEN}).encode())
    assert list(tmp_path.iterdir()) == []


ACCOUNT_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": "\n".join(
            ("-----BEGIN KEY-----", "MIIEvQ" + "Ab1" * 18, "Zz9" * 20, "-----END KEY-----")
        ),
        "client_email": "bot@acme.iam.gserviceaccount.com",
    }
)


@pytest.mark.parametrize(
    "part", ["0123456789abcdef0123456789abcdef01234567", "Zz9" * 20, f"MIIEvQ{'Ab1' * 18}\n{'Zz9' * 20}"]
)
def test_no_part_of_an_account_file_may_be_said_again(tmp_path: Path, part: str) -> None:
    with pytest.raises(SecretFound, match="of GOOGLE_ACCOUNT would be stored"):
        record(
            tmp_path / "c.yaml",
            Reply(json.dumps({"echo": part}).encode()),
            secrets={"GOOGLE_ACCOUNT": ACCOUNT_FILE},
        )


def test_the_harmless_parts_of_an_account_file_may(tmp_path: Path) -> None:
    reply = Reply(b'{"type": "service_account", "project_id": "acme"}')
    record(tmp_path / "c.yaml", reply, secrets={"GOOGLE_ACCOUNT": ACCOUNT_FILE})


def test_decoded_answers_are_stored_as_the_recording_is() -> None:
    """A unit test: the suite does this between an answer and its snapshot."""
    tape = recording.RecordTape(provenance(), STORED, STORED, {"KEY": "the-key"}, identifiers={"acme": "us"})
    decoded = [{"turn": "x", "response": {"content": "acme, ask jane@corp.io", "tool_calls": []}}]
    stored = tape.storable(decoded, Path("c.json"))
    assert stored == [
        {"turn": "x", "response": {"content": "us, ask someone@example.invalid", "tool_calls": []}}
    ]
    with pytest.raises(SecretFound, match=r"c\.json: the value of KEY would be stored at \$\[0\]\.content"):
        tape.storable([{"content": "it is the-key"}], Path("c.json"))
