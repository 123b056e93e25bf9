"""What of the environment goes to a server that the caller has named: nothing.

Unit tests: the scenarios of a target have only its own key and address. ``test_litellm_routes`` asks every
route.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import LLMProviderError
from provider.http.calls import Call, sending
from provider.http.environment import environment_credentials, spellings
from provider.http.given import GivenByCaller

SECRET = "a-secret-of-the-environment"
OWN = "a-key-of-the-caller"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", SECRET)


def sent(
    headers: dict[str, str] | None = None,
    url: str = "http://127.0.0.1/v1",
    *,
    key: str | None = None,
    login: str = "",
    also: dict[str, Any] | None = None,
    body: Any = None,
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> httpx.Request:
    request = httpx.Request("POST", url, headers=headers, json=body or {})
    with sending(Call(also or {})):
        GivenByCaller(key, options, login=login, settings=settings or {}).keep_only_given(request)
    return request


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "X-Of-Tomorrow"])
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"Bearer {SECRET}",
        f"Token token={SECRET}",
        f"Basic {base64.b64encode(f'me:{SECRET}'.encode()).decode()}",
        f"AWS4-HMAC-SHA256 Credential={SECRET}/20260101/us-east-1/bedrock/aws4_request",
    ],
)
@pytest.mark.parametrize("key", [None, OWN])
def test_no_header_holds_a_key_of_the_environment(name: str, value: str, key: str | None) -> None:
    assert name not in sent({name: value}, key=key).headers


def test_no_query_holds_a_key_of_the_environment() -> None:
    request = sent(url=f"http://127.0.0.1/v1?key={SECRET}&alt=sse")
    assert str(request.url) == "http://127.0.0.1/v1?alt=sse"


FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(f"someone:{SECRET}".encode()).decode(),
    "url-safe": base64.urlsafe_b64encode(f"??{SECRET}".encode()).decode().rstrip("="),
    "hex": SECRET.encode().hex(),
    "inside": f"projects/{SECRET}:predict",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_address_or_a_body_with_a_key_of_the_environment_is_refused(form: str) -> None:
    """The failure names the variable, and how to give it."""
    with pytest.raises(LLMProviderError, match='api_key="SOME_API_KEY"') as of_path:
        sent(url=f"http://127.0.0.1/{form}/v1")
    with pytest.raises(LLMProviderError, match='api_key="SOME_API_KEY"') as of_body:
        sent(body={"account": {"id": form}})

    assert SECRET not in f"{of_path.value}{of_body.value}"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_the_caller_says_in_a_message_is_sent(form: str) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": f"Is {form} a key?"}]}]
    assert sent(body={"messages": messages}, also={"messages": messages})


@pytest.mark.parametrize(
    ("variable", "value", "header"),
    [
        ("OPENAI_ORG_ID", "org-7", "org-7"),
        ("OPENAI_PROJECT_ID", "proj_of_somebody", "proj_of_somebody"),
        ("OPENAI_CUSTOM_HEADERS", "X-Team: blue team\nX-Trace: on", "blue team"),
        ("OPENAI_CUSTOM_HEADERS", "X-Team: blue\nX-Trace: on", "on"),
        ("SERVICE_ACCOUNT_KEY", json.dumps({"inner": {"id": "account-of-somebody"}}), "account-of-somebody"),
        ("AWS_ACCESS_KEY_ID", "AKIA7", "AWS4-HMAC-SHA256 Credential=AKIA7/20260101/us-east-1"),
        ("SOME_TOKEN", "short", "Bearer short"),
    ],
)
def test_no_header_holds_account_data_of_the_environment(
    variable: str, value: str, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert "x-of-tomorrow" not in sent({"X-Of-Tomorrow": header}).headers


def test_no_header_holds_a_setting_of_the_sdk() -> None:
    """An application may have set litellm's own ``openai_key``."""
    assert (
        "x-key"
        not in sent({"X-Key": "a-key-of-litellm"}, settings={"openai_key": "a-key-of-litellm"}).headers
    )


@pytest.mark.parametrize("value", ["1", "none", "assistant", "/usr/bin", "true", "application/json", "chat"])
@pytest.mark.parametrize("variable", ["PATH", "SOME_API_KEY", "X_ID", "MY_TOKEN"])
def test_a_common_value_of_the_environment_changes_no_ordinary_request(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    body = {"messages": [{"role": "assistant", "content": "none"}], "n": 1, "tool_choice": "none"}
    headers = {"Accept": "application/json", "User-Agent": "OpenAI/Python 3.57", "X-Stainless-Async": "false"}

    request = sent(headers, "http://127.0.0.1/v1/chat/completions?alt=sse", body=body)

    assert headers.items() <= {name.title(): value for name, value in request.headers.items()}.items()
    assert request.url == "http://127.0.0.1/v1/chat/completions?alt=sse"


def test_the_login_of_the_address_is_sent_where_there_is_no_key() -> None:
    basic = f"Basic {base64.b64encode(b'me:pass').decode()}"
    assert sent(login="me:pass").headers["authorization"] == basic
    assert (
        sent({"Authorization": f"Bearer {OWN}"}, login="me:pass", key=OWN).headers["authorization"]
        == f"Bearer {OWN}"
    )


@given(st.text(min_size=8, max_size=40), st.binary(max_size=9), st.binary(max_size=9))
def test_every_spelling_of_a_value_is_known(value: str, before: bytes, after: bytes) -> None:
    data = value.encode("utf-8", "replace")
    spelled = [
        quote(value, safe="", errors="replace"),
        json.dumps(value),
        base64.b64encode(before + data + after).decode(),
        base64.urlsafe_b64encode(before + data + after).decode(),
    ]
    for each in spelled:
        assert any(spelling in each for spelling in spellings(value))


@pytest.mark.parametrize("name", ["Authorization", "x-amz-security-token"])
def test_a_token_that_was_made_from_credentials_that_nobody_gave_is_not_sent(name: str) -> None:
    assert name not in sent({name: "ya29.made-from-a-file"}, temperature=0, max_tokens=7).headers


@pytest.mark.parametrize(
    "given",
    [
        {"key": SECRET},
        {"aws_secret_access_key": SECRET},
        {"vertex_credentials": {"private_key": SECRET}},
        {"extra_headers": {"Authorization": f"Bearer {SECRET}"}},
        {"also": {"extra_headers": {"Authorization": f"Bearer {SECRET}"}}},
    ],
)
def test_what_the_caller_gave_is_sent(given: dict[str, Any]) -> None:
    assert sent({"Authorization": f"Bearer {SECRET}"}, **given).headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("given", [{"aws_role_name": "mine"}, {"vertex_credentials": "{}"}])
def test_a_token_that_was_made_from_given_credentials_is_sent(given: dict[str, Any]) -> None:
    assert "authorization" in sent({"Authorization": "Bearer ya29.made-from-it"}, **given).headers


@pytest.mark.parametrize("key", [OWN, f"pat/{OWN}"])
@pytest.mark.parametrize("scheme", ["Bearer {}", "{}", "Basic {}"])
def test_the_key_is_sent_in_any_form_and_no_other(key: str, scheme: str) -> None:
    """Beside a key, a signature can only be made from what the caller did not give, as a file of AWS's."""
    shown = base64.b64encode(f"me:{key}".encode()).decode() if "Basic" in scheme else OWN

    assert "authorization" in sent({"Authorization": scheme.format(shown)}, key=key).headers
    signed = "AWS4-HMAC-SHA256 Credential=AKIAOFAFILE/20260101/us-east-1/bedrock/aws4_request"
    assert "authorization" not in sent({"Authorization": signed}, key=key).headers


@pytest.mark.parametrize(
    ("name", "is_credential"),
    [
        ("OPENAI_API_KEY", True),
        ("AWS_ACCESS_KEY_ID", True),
        ("AWS_BEARER_TOKEN_BEDROCK", True),
        ("SNOWFLAKE_JWT", True),
        ("GIGACHAT_CREDENTIALS", True),
        ("ZEN_APIKEY", True),
        ("GOOGLE_APPLICATION_CREDENTIALS", False),
        ("SOME_PATH", False),
        ("SSH_AUTH_SOCK", False),
    ],
)
def test_a_credential_is_known_by_the_name_of_its_variable(
    name: str, is_credential: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "the-value-of-it")
    assert ("the-value-of-it" in environment_credentials()) is is_credential
