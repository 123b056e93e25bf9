"""Vertex AI through litellm: what goes wrong before a question is sent.

No scenarios: a token server of one's own and a service account are this route's alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer, always, reply
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.google_account import TOKEN_PATH, service_account
from conformance.spec.dialogue import text
from provider import LiteLLM
from tests.provider.routes import KEY, LITELLM, TIMEOUT, ask, invoked_and_streamed

PATH = "/v1/projects/p/locations/l/publishers/google/models/gemini-3-flash-preview"
VERTEX = dialect("vertex")


@pytest.fixture(params=["vertex_ai/gemini-3-flash-preview"], ids=[LITELLM.label])
def model(request: pytest.FixtureRequest) -> str:
    """A parameter, for its id keeps the import of litellm on one worker of xdist."""
    return str(request.param)


def vertex(model: str, url: str | None, credentials: str | None, **options: Any) -> LiteLLM:
    return LiteLLM(
        model,
        base_url=url and url + PATH,
        timeout=TIMEOUT,
        vertex_project="p",
        vertex_location="l",
        vertex_credentials=credentials,
        **options,
    )


def test_a_token_serves_more_than_one_question(model: str) -> None:
    with (
        ScriptedServer(VERTEX.with_other_paths(VERTEX.answering(text.GREETING.answer))) as server,
        vertex(model, server.url, service_account(server.url, KEY)) as llm,
    ):
        contents = [ask(llm, how).content for how in ("invoke", "stream", "invoke")]

        paths = [request.path for request in server.requests]

    assert contents == [text.GREETING.answer.text] * 3
    assert paths.count(TOKEN_PATH) == 1
    assert len(paths) == 4


@invoked_and_streamed
def test_an_account_that_is_refused_is_an_authentication_error(model: str, how: str) -> None:
    """Asked for once: what is refused is refused the next time too. litellm calls it a connection error."""
    refusal = reply({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
    with (
        ScriptedServer(always(refusal)) as server,
        vertex(model, server.url, service_account(server.url, KEY), max_retries=2) as llm,
    ):
        response = ask(llm, how)

        assert [request.path for request in server.requests] == [TOKEN_PATH]

    assert (response.error_kind, response.retryable) == ("authentication", False)
    assert "Invalid JWT Signature." in str(response.error)
    assert "Traceback" not in str(response.error)


@invoked_and_streamed
def test_no_account_at_all_is_an_authentication_error(
    model: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # else google-auth would ask whether this is Google's machine

    with vertex(model, None, None) as llm:
        response = ask(llm, how)

    assert (response.error_kind, response.retryable) == ("authentication", False)
    assert "credentials were not found" in str(response.error)


@invoked_and_streamed
@pytest.mark.parametrize(
    ("credentials", "kind"),
    [
        ("{no JSON", "authentication"),
        ('{"client_email": "e", "token_uri": "http://127.0.0.1:9", "private_key": "no key"}', "bad_request"),
    ],
    ids=["no-json", "no-key"],
)
def test_an_account_that_cannot_be_read_is_refused(model: str, how: str, credentials: str, kind: str) -> None:
    """Not a malformed answer, for there was none."""
    with vertex(model, "http://127.0.0.1:9", credentials, max_retries=2) as llm:
        response = ask(llm, how)

    assert (response.error_kind, response.retryable) == (kind, False)
    assert credentials not in str(response.error)


def test_a_server_is_asked_with_a_given_account_only(model: str, caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise google-auth asks other servers for a token, such as that of Google's machines."""
    assert vertex(model, "http://127.0.0.1:9", None).load() is False
    assert "vertex_credentials" in caplog.text


def test_a_missing_google_auth_is_named_at_load(
    model: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("provider.litellm.routes.find_spec", lambda _: None)
    assert vertex(model, "http://127.0.0.1:9", None).load() is False
    assert "google-auth" in caplog.text
