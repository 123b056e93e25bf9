"""Which credentials stay in a request to a server that the caller has named.

Unit tests: the scenarios of a target have only its own key and address. ``test_litellm_routes`` asks every
route.
"""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from provider.errors import LLMProviderError
from provider.litellm.credentials import GivenCredentials, environment_credentials

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
    also: dict[str, Any] | None = None,
    **options: Any,
) -> httpx.Request:
    request = httpx.Request("POST", url, headers=headers)
    GivenCredentials(key, options).keep_only_given(request, also or {})
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


def test_a_path_with_a_key_of_the_environment_is_refused() -> None:
    with pytest.raises(LLMProviderError, match="base_url"):
        sent(url=f"http://127.0.0.1/{SECRET}/v1")


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


@pytest.mark.parametrize("given", [{"key": OWN}, {"aws_role_name": "mine"}, {"vertex_credentials": "{}"}])
def test_a_token_that_was_made_from_given_credentials_is_sent(given: dict[str, Any]) -> None:
    assert "authorization" in sent({"Authorization": "Bearer ya29.made-from-it"}, **given).headers


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
