"""How a route of litellm is chosen, and what some routes need.

No scenarios: a target has a key and a route, and sees only answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from conformance.servers.scripted import ScriptedServer, always, reply
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import Answer, tools
from provider import LiteLLM
from provider.litellm.exchange import CapturedExchange, capturing
from provider.litellm.failures import failure_of
from provider.litellm.route import Given
from provider.litellm.route import Route as LitellmRoute
from provider.litellm.routes import BedrockRoute, CohereRoute, route_of
from tests.provider.routes import ANSWER, KEY, LITELLM, Route, ask, invoked_and_streamed

BEDROCK = Route(
    "litellm@bedrock", LiteLLM, "bedrock/converse/anthropic.claude-sonnet-4-5", dialect("bedrock")
)
COHERE = dialect("cohere")
NOT_CAPTURED = ["amazon_nova", "maritalk"]
"""The routes for which litellm makes a client for each request, which no setting of a call can replace."""

AWS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret", "aws_region_name": "us-east-1"}


@pytest.fixture(autouse=True, params=[LITELLM.label], ids=str)
def route() -> None:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""


def bedrock(url: str, **options: Any) -> LiteLLM:
    return LiteLLM(BEDROCK.model, None, url, max_retries=0, **options)


@invoked_and_streamed
def test_aws_keys_sign_the_request(how: str) -> None:
    with ScriptedServer(BEDROCK.dialect.answering(ANSWER)) as server, bedrock(server.url, **AWS) as llm:
        assert ask(llm, how).content == ANSWER.text
    [request] = server.requests
    scheme, credential = request.headers["authorization"].split()[:2]
    assert scheme == "AWS4-HMAC-SHA256"
    assert credential.startswith("Credential=AKIDEXAMPLE/")
    assert credential.endswith("/us-east-1/bedrock/aws4_request,")


@pytest.mark.parametrize("name", ["aws_profile_name", "aws_role_name", "aws_access_key_id"])
def test_keys_that_were_chosen_are_not_replaced(name: str) -> None:
    route = BedrockRoute()
    stand_ins = {"aws_access_key_id", "aws_secret_access_key"}
    region = {"aws_region_name": "eu-west-1"}
    assert route.options(Given(KEY, None, {name: "mine", **region})) == {"max_retries": 0}
    assert route.options(Given(None, None, {})) == {"max_retries": 0}
    assert set(route.options(Given(None, "http://127.0.0.1", {}))) == {"max_retries", *stand_ins}
    assert set(route.options(Given(KEY, None, region))) == {"max_retries", *stand_ins}


def test_a_missing_boto3_is_named_at_load(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("provider.litellm.routes.find_spec", lambda _: None)
    assert bedrock("http://127.0.0.1:9").load() is False
    assert "boto3" in caplog.text


def test_a_conversation_with_calls_still_offers_its_tools() -> None:
    turn = tools.RESULT
    with ScriptedServer(BEDROCK.dialect.answering(turn.answer)) as server, bedrock(server.url, **AWS) as llm:
        llm.chat_with_tools(turn.messages, tools=list(turn.tools), tool_choice="none")
    [request] = server.requests
    assert BEDROCK.dialect.tool_names(request) == ["get_weather"]


def test_every_route_is_used_through_our_client_and_sends_no_account_data_of_the_environment() -> None:
    """On the wire of chat completions; the routes that the next litellm adds are asked, too.

    Neither keys nor names of accounts may be sent to an address that the caller gave without a key.
    """
    command = [sys.executable, "-m", "tests.provider.litellm_every_route"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=True)
    routes = json.loads(done.stdout.splitlines()[-1])

    assert routes["lost"] == {}
    assert routes["not_captured"] == {"LiteLLM": NOT_CAPTURED, "AsyncLiteLLM": NOT_CAPTURED}
    assert len(routes["used"]) > 100
    assert routes["leaking"] == []
    assert len(routes["asked"]) > 100
    assert {"OPENAI_ORG_ID", "OPENAI_CUSTOM_HEADERS", "AWS_ACCESS_KEY_ID"} <= set(routes["planted"])
    assert len(routes["planted"]) > 200


@invoked_and_streamed
def test_a_fault_of_our_own_wiring_names_itself(how: str) -> None:
    """Its words hold ``api_key``, which is no reason to call it a failed authentication."""
    from litellm.llms.custom_httpx.http_handler import HTTPHandler

    with LiteLLM("moonshot/m", KEY, "http://127.0.0.1:9", max_retries=2) as llm:
        llm._client = HTTPHandler()  # a client that this route's handler cannot use
        response = ask(llm, how)

    assert (response.error_kind, response.retryable) == ("bad_request", False)
    assert "AttributeError: 'HTTPHandler' object has no attribute 'api_key'" in str(response.error)


@invoked_and_streamed
def test_a_route_without_an_address_asks_for_base_url(how: str) -> None:
    """Else the key would go to OpenAI, the SDK's own default."""
    with LiteLLM("custom_openai/m", KEY, max_retries=0) as llm:
        response = ask(llm, how)

    assert (response.error_kind, response.error) == (
        "bad_request",
        "custom_openai/ needs base_url: litellm knows no address for it",
    )


def test_other_calls_of_litellm_get_litellms_own_clients() -> None:
    import litellm
    from litellm.llms.custom_httpx.http_handler import get_httpx_client

    with LiteLLM("cohere_chat/command-a-03-2025", KEY, "http://127.0.0.1:9", max_retries=0) as llm:
        ours = llm._client
        exchange = CapturedExchange(ours)
        with capturing(exchange):
            assert get_httpx_client() is ours
            assert litellm.module_level_client.client is ours.client
        assert get_httpx_client() is not ours
        assert litellm.module_level_client.client is not ours.client


@pytest.mark.parametrize(
    ("model", "wire", "path"), [("gpt-4o", "openai", "/v1"), ("claude-sonnet-4-6", "anthropic", "")]
)
@invoked_and_streamed
def test_litellm_knows_the_route_of_some_models(how: str, model: str, wire: str, path: str) -> None:
    with (
        ScriptedServer(dialect(wire).answering(ANSWER)) as server,
        LiteLLM(model, KEY, server.url + path, max_retries=0) as llm,
    ):
        response = ask(llm, how)

    assert (response.content, response.error) == (ANSWER.text, None)


def test_a_model_without_a_route_cannot_be_loaded(caplog: pytest.LogCaptureFixture) -> None:
    assert LiteLLM("tiny", KEY).load() is False
    assert "LLM Provider NOT provided" in caplog.text


@invoked_and_streamed
def test_a_key_that_litellm_takes_from_the_environment_is_not_shown(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = reply({"error": {"message": f"The key {KEY} is unknown."}}, 400)
    with ScriptedServer(always(echo)) as server:
        monkeypatch.setenv("ANTHROPIC_API_BASE", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        with LiteLLM("anthropic/tiny", max_retries=0) as llm:
            response = ask(llm, how)

        assert [request.headers["x-api-key"] for request in server.requests] == [KEY]

    assert response.error == "The key [key] is unknown."


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("cohere/command-a-03-2025", CohereRoute),
        ("bedrock/anthropic.claude-sonnet-4-5", BedrockRoute),
        *((model, LitellmRoute) for model in ("openai/cohere/command", "cohere_chat/v1/command-r")),
        *((model, LitellmRoute) for model in ("bedrock_mantle/x", "bedrock/agent/A/B")),
    ],
)
def test_the_model_string_decides_the_route(model: str, kind: type) -> None:
    assert type(route_of(model)) is kind


@invoked_and_streamed
def test_a_rate_limit_of_litellms_own_is_a_rate_limit(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """litellm can limit requests itself, and raises before it sends one."""
    import litellm

    def limited(**_: Any) -> None:
        raise litellm.RateLimitError("Too many tokens.", llm_provider="openai", model="tiny")

    with LITELLM.speaking(always(reply({}, 418))) as (llm, server):
        monkeypatch.setattr(litellm, "completion", limited)
        response = ask(llm, how)

        assert server.requests == ()

    assert (response.error_code, response.error_kind) == ("provider_error", "rate_limit")
    assert "Too many tokens." in str(response.error)


def test_what_litellm_raises_before_the_end_of_a_stream_is_no_early_end() -> None:
    """A unit test: no server is known at whose stream the locked version stumbles in the middle."""
    exchange = CapturedExchange(stream=True)
    exchange.response(httpx.Response(200, headers={"content-type": "text/event-stream"}))
    exchange.body.feed(b'data: {"choices": [{"delta": {"content": "Hel"}}]}\n\n')

    assert failure_of(RuntimeError("an odd delta"), exchange).kind == "malformed_response"


@invoked_and_streamed
def test_the_secret_of_databricks_login_is_not_sent_to_a_named_server(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """litellm prefers a login with the environment's secret to the key that was given."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "an-id-of-the-environment")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "a-secret-of-the-environment")
    with (
        ScriptedServer(dialect("databricks").answering(ANSWER)) as server,
        LiteLLM("databricks/tiny", KEY, f"{server.url}/serving-endpoints", max_retries=0) as llm,
    ):
        response = ask(llm, how)

        [request] = server.requests
    assert (response.content, response.error) == (ANSWER.text, None)
    assert request.headers["authorization"] == f"Bearer {KEY}"


@invoked_and_streamed
def test_a_request_to_another_server_is_refused(how: str) -> None:
    """With a token of its own option litellm does not use the key: it would log in elsewhere with it."""
    options: dict[str, Any] = {"project_id": "mine", "headers": {"x-trace": "1"}}
    with (
        ScriptedServer(dialect("watsonx").answering(ANSWER)) as server,
        LiteLLM("watsonx/tiny", KEY, server.url, max_retries=0, **options) as llm,
    ):
        response = ask(llm, how)

        assert server.requests == ()
    assert (response.error_kind, response.error) == (
        "bad_request",
        "base_url names another server than iam.cloud.ibm.com, to which nothing is sent",
    )


@pytest.mark.parametrize(
    ("written", "calls"),
    [
        ({"name": "get_weather", "parameters": {"city": "Paris"}}, [("get_weather", {"city": "Paris"})]),
        ({"type": "function", "name": "get_weather", "arguments": "{}"}, [("get_weather", {})]),
        ({"name": "another", "parameters": {}}, []),
        ({"name": "get_weather"}, []),
        (["get_weather"], []),
    ],
)
def test_a_call_that_fireworks_writes_as_text_is_a_call(written: Any, calls: list[tuple[str, Any]]) -> None:
    """BerriAI/litellm#7209; JSON that calls none of the offered tools is the answer."""
    body = dialect("fireworks").completion(Answer(json.dumps(written)))
    with (
        ScriptedServer(always(reply(body))) as server,
        LiteLLM("fireworks_ai/tiny", KEY, f"{server.url}/inference/v1", max_retries=0) as llm,
    ):
        response = llm.invoke([tools.ASK_PARIS], tools=[tools.WEATHER])

    assert [(call["name"], json.loads(call["arguments"])) for call in response.tool_calls] == calls
    assert response.content == ("" if calls else json.dumps(written))
    assert response.finish_reason == ("tool_calls" if calls else "stop")
