"""Account data and unnamed keys, recorded over a real socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import recording
from conformance.recording import SecretFound
from conformance.recording.secrets.patterns import accounts_in, key_in, without_accounts
from conformance.spec.dialogue import text, tools
from tests.recording.cassette_server import STORED, Reply, provenance, record, replayed

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


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_an_error_that_names_an_account_stays_recordable(tmp_path: Path, kind: str) -> None:
    value, placeholder = ACCOUNTS[kind]
    message = f"Rate limit reached for tiny in\n{value}\non tokens per min"
    stored = record(tmp_path / "c.yaml", Reply(json.dumps({"error": {"message": message}}).encode(), 429))
    assert json.loads(stored.response.body)["error"]["message"] == message.replace(value, placeholder)
    assert value not in (tmp_path / "c.yaml").read_text("utf-8")
    found = [list(accounts_in(f"in {text}.")) for text in (value, placeholder)]
    assert list(map(bool, found)) == [True, False], "what the audit finds"


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
    "value", ["bob@example.com", "a@b.test", "x @y", "user-friendly", "org-chart", "arn:x"]
)
def test_text_that_only_looks_like_account_data_is_kept(value: str) -> None:
    assert without_accounts(value) == value


def test_text_that_only_looks_like_a_key_is_kept() -> None:
    assert key_in("sk-conformance-wrong-key-of-nobody task-force-of-twenty-people-or-more") == ""


def test_the_dialogue_contains_no_account_data() -> None:
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


def test_a_model_that_a_variable_names_is_replaced_by_each_of_its_names(tmp_path: Path) -> None:
    """Servers answer with the last part of its name alone; in a sentence that may be a word."""
    stored = record(
        tmp_path / "c.yaml",
        Reply(b'{"model": "lean", "instance": "lean:2", "text": "a lean horse of acme/lean@q4"}'),
        route="/models/lean/chat",
        body=b'{"model": "acme/lean@q4"}',
        identifiers={"acme/lean@q4": "the-model"},
        model="lmstudio/acme/lean@q4",
    )
    assert stored.request.uri == f"{STORED}/models/the-model/chat"
    assert json.loads(stored.request.body) == {"model": "the-model"}
    answer = {"model": "the-model", "instance": "the-model:2", "text": "a lean horse of the-model"}
    assert json.loads(stored.response.body) == answer
    assert recording.read(tmp_path / "c.yaml", "").provenance.model == "lmstudio/the-model"


def test_an_identifier_that_cannot_be_replaced_stops_the_saving(tmp_path: Path) -> None:
    body = b'data: {"delta": "acme-"}\n\ndata: {"delta": "prod"}\n\n'
    with pytest.raises(SecretFound, match=r"an identifier of the account would be stored at .*in pieces"):
        record(
            tmp_path / "c.yaml",
            Reply(body, headers={"content-type": "text/event-stream"}),
            identifiers={"acme-prod": "conformance"},
        )


@pytest.mark.parametrize("kind", KEYS)
def test_an_unnamed_key_is_found_by_its_pattern(tmp_path: Path, kind: str) -> None:
    value = KEYS[kind]
    with pytest.raises(SecretFound) as caught:
        record(tmp_path / "c.yaml", Reply(json.dumps({"text": f"it is {value}, yes"}).encode()))
    assert value not in str(caught.value)
    assert key_in(value) in str(caught.value)


def test_decoded_answers_are_stored_as_the_recording_is() -> None:
    """A unit test: the suite does this between an answer and its snapshot."""
    recorder = recording.Recorder(
        provenance(), STORED, STORED, {"KEY": "the-key"}, identifiers={"acme": "us"}
    )
    decoded = [{"turn": "x", "response": {"content": "acme, ask jane@corp.io", "tool_calls": []}}]
    stored = recorder.storable(decoded, Path("c.json"))
    assert stored == [
        {"turn": "x", "response": {"content": "us, ask someone@example.invalid", "tool_calls": []}}
    ]
    with pytest.raises(SecretFound, match=r"c\.json: the value of KEY would be stored at \$\[0\]\.content"):
        recorder.storable([{"content": "it is the-key"}], Path("c.json"))
