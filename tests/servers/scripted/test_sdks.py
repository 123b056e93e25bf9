"""The dialects through real SDKs: openai reads the one, litellm the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from conformance.servers.scripted import ScriptedServer, always, in_order, reply, stream
from conformance.servers.scripted.dialects import ErrorKind, Usage, dialect
from conformance.spec.dialogue import TURNS, Answer, Turn, tools

USAGE = Usage(prompt_tokens=30, completion_tokens=7, cached_tokens=20)
ANSWERED = [turn for turn in TURNS if turn.answer != Answer()]


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


class TestOpenAI:
    """Through the real SDK."""

    @pytest.fixture
    def ask(self, client: httpx.Client) -> Any:
        def ask(server: ScriptedServer, **params: Any) -> Any:
            sdk = openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", http_client=client, max_retries=0)
            return sdk.chat.completions.create(
                model="tiny", messages=[{"role": "user", "content": "?"}], **params
            )

        return ask

    @pytest.mark.parametrize("turn", ANSWERED, ids=lambda turn: turn.name)
    def test_completion_and_events_say_the_answer(self, ask: Any, turn: Turn) -> None:
        said = dialect("openai")
        script = [
            reply(said.completion(turn.answer, usage=USAGE)),
            stream(said.events(turn.answer, usage=USAGE)),
        ]
        with ScriptedServer(in_order(script)) as server:
            whole = ask(server)
            chunks = list(ask(server, stream=True))
        message = whole.choices[0].message
        calls = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []]
        assert (message.content or "", calls) == joined_chunks(chunks)
        assert (message.content or "") == turn.answer.text
        assert [(name, json.loads(arguments)) for _, name, arguments in calls] == [
            (call.name, call.arguments) for call in turn.answer.calls
        ]
        assert len({identifier for identifier, _, _ in calls}) == len(calls)
        assert whole.choices[0].finish_reason == chunks[-2].choices[0].finish_reason
        assert whole.choices[0].finish_reason == turn.answer.finish_reason
        assert whole.usage == chunks[-1].usage
        assert whole.usage.prompt_tokens_details.cached_tokens == 20

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("authentication", openai.AuthenticationError),
            ("bad_request", openai.BadRequestError),
            ("context_limit", openai.BadRequestError),
            ("not_found", openai.NotFoundError),
            ("overloaded", openai.InternalServerError),
            ("permission", openai.PermissionDeniedError),
            ("quota", openai.RateLimitError),
            ("rate_limit", openai.RateLimitError),
            ("server", openai.InternalServerError),
        ],
    )
    def test_errors_are_the_errors_of_the_sdk(
        self, ask: Any, kind: ErrorKind, error: type[openai.APIStatusError]
    ) -> None:
        failure = dialect("openai").error(kind, "Nö.")
        with ScriptedServer(always(reply(failure.body, failure.status))) as server:
            with pytest.raises(error) as caught:
                ask(server)
            assert server.requests[0].path.endswith(dialect("openai").path)
            name, value = dialect("openai").key_header("k")
            assert server.requests[0].headers[name] == value
        assert caught.value.body == failure.body["error"]
        assert caught.value.status_code == failure.status


def joined_chunks(chunks: list[Any]) -> tuple[str, list[tuple[str, str, str]]]:
    """The text and the calls of a stream."""
    content, calls = "", list[list[str]]()
    for delta in (chunk.choices[0].delta for chunk in chunks[:-1]):
        content += delta.content or ""
        for call in delta.tool_calls or []:
            if call.id:
                calls.append([call.id, call.function.name, ""])
            calls[call.index][2] += call.function.arguments
    return content, [(identifier, name, arguments) for identifier, name, arguments in calls]


def test_anthropic_is_read_by_litellm(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # One test, because the import takes four seconds; without these it reads .env and the network.
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("LITELLM_MODE", "PRODUCTION")
    import litellm
    from litellm.llms.custom_httpx.http_handler import HTTPHandler

    said, answer = dialect("anthropic"), Answer("Ein Moment… 🦀", tools.PARALLEL_MIXED.answer.calls)
    failure = said.error("rate_limit")
    script = [
        reply(said.completion(answer, usage=USAGE)),
        stream(said.events(answer, usage=USAGE)),
        reply(failure.body, failure.status),
    ]
    with ScriptedServer(in_order(script)) as server:

        def ask(**params: Any) -> Any:
            return litellm.completion(
                "anthropic/tiny",
                [{"role": "user", "content": "Weather in Rome?"}],
                api_base=server.url,
                api_key="k",
                client=HTTPHandler(client=client),
                **params,
            )

        whole = ask()
        streamed = litellm.stream_chunk_builder(
            list(ask(stream=True, stream_options={"include_usage": True}))
        )
        with pytest.raises(litellm.RateLimitError):
            ask()
    for response in (whole, streamed):
        message = response.choices[0].message
        assert message.content == answer.text
        assert [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls] == [
            (call.name, call.arguments) for call in answer.calls
        ]
        assert response.choices[0].finish_reason == "tool_calls"
        assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (30, 7)
        assert response.usage.prompt_tokens_details.cached_tokens == 20
    name, value = said.key_header("k")
    assert {request.headers[name] for request in server.requests} == {value}
    assert {request.path for request in server.requests} == {said.path}
    assert {said.prompt_of(request) for request in server.requests} == {"Weather in Rome?"}
