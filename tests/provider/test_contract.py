"""Behaviours that the application relies on from which this contract comes.

No recording tests: they are about arguments that are passed on or refused, mostly before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.servers.scripted import Handler, always, reply, stream
from conformance.servers.scripted.dialects import USAGE
from conformance.spec.dialogue import Answer, Call
from provider import BaseLLM, LiteLLM, LLMProviderError, LLMResponse, LLMStream, build_llm_from_profile
from tests.provider.routes import ANSWER, KEY, LITELLM, QUESTION, Route, ask, invoked_and_streamed

TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
RATE_LIMITED = "Rate limit exceeded. Quota request exceeds the tokens limit."


@pytest.fixture(params=[LITELLM], ids=[LITELLM.label])
def route(request: pytest.FixtureRequest) -> Route:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""
    chosen: Route = request.param
    return chosen


class CallRecorder(BaseLLM):
    """Records the calls of ``invoke``."""

    def __init__(self) -> None:
        super().__init__("recorder")
        self.calls: list[tuple[Any, Any, dict[str, Any]]] = []

    def load(self) -> bool:
        return True

    def unload(self) -> None:
        return None

    def invoke(self, messages: Any, attachments: Sequence[Any] | None = None, **kwargs: Any) -> LLMResponse:
        self.calls.append((messages, attachments, kwargs))
        return LLMResponse(content="answer")

    def stream(self, messages: Any, attachments: Sequence[Any] | None = None, **kwargs: Any) -> LLMStream:
        raise NotImplementedError


def test_a_litellm_profile_builds_a_litellm_with_its_context_size() -> None:
    llm = build_llm_from_profile(
        "anthropic/claude-sonnet-4-6", {"llm_service_class": "LiteLLM", "llm_context_size": 200_000}
    )

    assert isinstance(llm, LiteLLM)
    assert llm.context_size == 200_000


def test_chat_with_tools_delegates_to_invoke() -> None:
    llm = CallRecorder()

    response = llm.chat_with_tools(QUESTION, TOOLS, temperature=0)

    assert response.content == "answer"
    assert llm.calls == [(QUESTION, None, {"tools": TOOLS, "temperature": 0})]


def test_chat_with_tools_passes_attachments() -> None:
    llm = CallRecorder()

    llm.chat_with_tools(QUESTION, TOOLS, attachments=["cat.png"])

    assert llm.calls == [(QUESTION, ["cat.png"], {"tools": TOOLS})]


@invoked_and_streamed
def test_a_context_window_error_is_raised(route: Route, how: str) -> None:
    failure = route.dialect.error("context_limit")

    with (
        route.speaking(always(reply(failure.body, failure.status))) as (llm, _),
        pytest.raises(LLMProviderError) as raised,
    ):
        ask(llm, how)

    assert raised.value.code == "context_limit"


@pytest.mark.parametrize(
    ("model", "sees"), [("gpt-4o", True), ("claude-sonnet-4-6", True), ("gpt-3.5-turbo", False)]
)
def test_image_capability_is_inferred_from_the_models_name(model: str, sees: bool) -> None:
    assert LiteLLM(model).has_capability("image") is sees


def test_invoke_dispatches_to_litellm_completion_with_model_and_drop_params(
    route: Route, completion_is: Callable[..., list[dict[str, Any]]]
) -> None:
    """Patched, because ``drop_params`` is for litellm only and never reaches the wire."""
    with route.speaking(never_asked) as (llm, server):
        calls = completion_is(lambda: SimpleNamespace(model_dump=lambda: route.dialect.completion(ANSWER)))

        response = llm.invoke(QUESTION)

    assert response.content == ANSWER.text
    (call,) = calls
    assert (call["model"], call["drop_params"], call["messages"]) == ("openai/tiny", True, QUESTION)
    assert call["api_base"] == f"{server.url}/v1"


def test_the_key_is_forwarded_as_api_key(route: Route) -> None:
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        llm.invoke(QUESTION)

        (request,) = route.chat_requests(server)

    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_the_base_url_is_forwarded_as_api_base(route: Route) -> None:
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        llm.invoke(QUESTION)

        assert [request.path for request in server.requests] == ["/v1/chat/completions"]


def test_not_loaded_is_an_error_code() -> None:
    response = LiteLLM("openai/tiny").invoke(QUESTION)

    assert (response.content, response.error_code) == ("", "not_loaded")


@invoked_and_streamed
def test_prompt_tokens_come_back(route: Route, how: str) -> None:
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, _):
        response = ask(llm, how)

    assert response.prompt_tokens == llm.last_prompt_tokens == USAGE.prompt_tokens


@invoked_and_streamed
def test_tool_calls_come_back_as_id_name_and_arguments(route: Route, how: str) -> None:
    weather = Answer(calls=(Call("get_weather", {"city": "Rome"}),))

    with route.speaking(route.dialect.answering(weather)) as (llm, _):
        response = ask(llm, how, tools=TOOLS)

    (call,) = response.tool_calls
    assert call == {"id": call["id"], "name": "get_weather", "arguments": '{"city":"Rome"}'}
    assert call["id"].startswith("call_")


def test_null_content_is_the_empty_string(route: Route) -> None:
    body = route.dialect.completion(Answer(calls=(Call("get_weather"),)))
    assert body["choices"][0]["message"]["content"] is None

    with route.speaking(always(reply(body))) as (llm, _):
        response = llm.invoke(QUESTION, tools=TOOLS)

    assert response.content == ""


@invoked_and_streamed
def test_a_rate_limit_that_mentions_tokens_is_no_context_limit(route: Route, how: str) -> None:
    failure = route.dialect.error("rate_limit", RATE_LIMITED)

    with route.speaking(always(reply(failure.body, failure.status))) as (llm, _):
        response = ask(llm, how)

    assert (response.error_code, response.error_kind) == ("provider_error", "rate_limit")
    assert response.error == RATE_LIMITED


@invoked_and_streamed
def test_a_rate_limit_that_litellm_raises_by_itself_is_one(
    route: Route, how: str, completion_is: Callable[..., list[dict[str, Any]]]
) -> None:
    """Patched, because litellm's own rate limiting raises it without a request."""
    import litellm

    def limited() -> None:
        raise litellm.RateLimitError(RATE_LIMITED, llm_provider="openai", model="tiny")

    with route.speaking(never_asked) as (llm, _):
        completion_is(limited)
        response = ask(llm, how)

    assert (response.error_code, response.error_kind) == ("provider_error", "rate_limit")
    assert RATE_LIMITED in str(response.error)


@invoked_and_streamed
def test_response_format_passes_through(route: Route, how: str) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema, "strict": True}}

    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        ask(llm, how, response_format=wanted)

        (request,) = route.chat_requests(server)

    assert request.json()["response_format"] == wanted


def test_a_stream_that_is_not_loaded_yields_nothing() -> None:
    deltas = LiteLLM("openai/tiny").stream(QUESTION)

    assert list(deltas) == []
    assert deltas.response.error_code == "not_loaded"


def test_a_stream_yields_the_texts_of_its_chunks(route: Route) -> None:
    with route.speaking(always(stream(route.dialect.events(ANSWER)))) as (llm, _):
        deltas = list(llm.stream(QUESTION))

    assert deltas == ["Four", " wor", "ds, ", "no m", "ore."]


@pytest.fixture
def completion_is(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Replaces ``litellm.completion``; returns the list that its calls are added to."""

    def replace(answer: Callable[[], Any]) -> list[dict[str, Any]]:
        import litellm

        calls: list[dict[str, Any]] = []

        def completion(**kwargs: Any) -> Any:
            calls.append(kwargs)
            return answer()

        monkeypatch.setattr(litellm, "completion", completion)
        return calls

    return replace


never_asked: Handler = always(reply({"error": {"message": "nothing should have been sent"}}, 418))
