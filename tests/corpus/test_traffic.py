"""Backends decode real answers of real providers as an independent, plain reading does.

No scenarios, because these recordings may not be redistributed: they are beside this repository
(``../shared/traffic``, or the folder that CONFORMANCE_TRAFFIC names); the tests are skipped without them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.servers.scripted import Request, Script, ScriptedServer, reply
from conformance.servers.scripted.google_account import TOKEN_PATH, granted, service_account
from provider import LiteLLM, LLMResponse, LMStudioLLM, OpenAILLM
from provider.chat.backend import ChatLLM
from tests.corpus.plain_reading import Reading, reading
from tests.corpus.traffic import NO_TRAFFIC, TRAFFIC
from tests.corpus.traffic_summary import counted_as
from tests.provider.routes import KEY, TIMEOUT, ask


@dataclass(frozen=True)
class Route:
    """A backend in front of recorded answers: their API, and the files that hold them."""

    backend: type[OpenAILLM | LMStudioLLM | LiteLLM]
    model: str
    wire: str
    pattern: str
    path: str = ""
    account: bool = False  # asks with the token of a service account
    api: str = ""  # where the backend can ask more than one


EXCLUDED = {
    "bedrock/converse-json-025": "litellm takes the <thinking> of Nova's text for reasoning",
    "openai/responses-json-002": "a wrong model name has the status of a bad request; not_found says more",
    "openai/responses-json-030": "a search among tools, for the caller to run, has no form in the contract",
    "openai/responses-stream-001": "a search among tools, for the caller to run, has no form in the contract",
    "bedrock/converse-json-017": "a wrong model name has the status of a bad request; not_found says more",
}
"""What litellm or a backend rightly decodes differently from the plain reading, and why."""

OPENAI_SHAPED = "*/*chat_completions-*.json"
ROUTES = {
    "openai@any": Route(OpenAILLM, "m", "openai", OPENAI_SHAPED, "/v1"),
    "lmstudio@any": Route(LMStudioLLM, "m", "openai", OPENAI_SHAPED, "/v1"),
    "litellm@openai": Route(LiteLLM, "openai/m", "openai", OPENAI_SHAPED, "/v1"),
    "litellm@anthropic": Route(LiteLLM, "anthropic/m", "anthropic", "anthropic/messages-*.json"),
    "litellm@azure": Route(LiteLLM, "azure/m", "openai", "azure_openai/chat_completions-*.json"),
    "litellm@mistral": Route(LiteLLM, "mistral/m", "openai", "mistral/chat_completions-*.json", "/v1"),
    "litellm@groq": Route(LiteLLM, "groq/m", "openai", "groq/chat_completions-*.json", "/openai/v1"),
    "litellm@deepseek": Route(LiteLLM, "deepseek/m", "openai", "deepseek/chat_completions-*.json"),
    "litellm@openrouter": Route(
        LiteLLM, "openrouter/m", "openai", "openrouter/chat_completions-*.json", "/api/v1"
    ),
    "litellm@gemini": Route(
        LiteLLM, "gemini/m", "gemini", "google_gemini/generate_content-*.json", "/v1beta"
    ),
    "litellm@vertex_ai": Route(
        LiteLLM,
        "vertex_ai/gemini-3-flash-preview",
        "gemini",
        "google_vertex/generate_content-*.json",
        "/v1/projects/p/locations/l/publishers/google/models/gemini-3-flash-preview",
        account=True,
    ),
    "openai@responses": Route(OpenAILLM, "m", "responses", "*/*responses-*.json", "/v1", api="responses"),
    "litellm@responses": Route(LiteLLM, "openai/gpt-5-codex", "responses", "*/*responses-*.json", "/v1"),
    "litellm@bedrock": Route(LiteLLM, "bedrock/converse/m", "converse", "bedrock/converse-*.json"),
    "litellm@cohere": Route(LiteLLM, "cohere_chat/m", "cohere", "cohere/chat_v2-*.json", "/v2/chat"),
}


def cases() -> Iterator[Any]:
    """Every recorded answer with every route whose API it has."""
    for label, route in ROUTES.items():
        for file in sorted(TRAFFIC.glob(route.pattern)):
            yield pytest.param(label, file, id=f"{name_of(file)}-{label}")


def name_of(file: Path) -> str:
    """The provider and the number of a recorded answer."""
    return f"{file.parent.name}/{file.stem}"


class Replayed:
    """A route whose server sends the script that it was given last."""

    def __init__(self, route: Route) -> None:
        self.script: Script = ()
        self.server = ScriptedServer(self._answer)
        url = self.server.url
        options: dict[str, Any] = {}
        if route.account:
            options = {"vertex_credentials": service_account(url, KEY), "vertex_project": "p"}
        if route.api:
            options = {"api": route.api}
        self.llm: ChatLLM = route.backend(
            route.model,
            api_key=KEY,
            base_url=url + route.path,
            timeout=TIMEOUT,
            max_retries=0,
            **options,
        )
        assert self.llm.load()

    def _answer(self, request: Request) -> Script:
        if request.path == TOKEN_PATH:
            return granted(request)
        return self.script if request.method == "POST" else reply({"error": "Unexpected endpoint"}, 404)

    def ask(self, interaction: dict[str, Any]) -> LLMResponse:
        """Ask as the recording was asked, with or without streaming, and return the response."""
        response = interaction["response"]
        body = response["body"]
        data = base64.b64decode(body) if response["encoding"] == "base64" else None
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        self.script = reply(data or text.encode(), response["status"], response["headers"])
        return ask(self.llm, "stream" if interaction["streaming"] else "invoke")

    def stop(self) -> None:
        """Unload the backend and stop its server."""
        self.llm.unload()
        self.server.stop()


@pytest.fixture(scope="module")
def replayed() -> Iterator[dict[str, Replayed]]:
    opened: dict[str, Replayed] = {}
    yield opened
    for each in opened.values():
        each.stop()


@pytest.mark.skipif(
    not TRAFFIC.is_dir(),
    reason=NO_TRAFFIC,
)
@pytest.mark.parametrize(("label", "file"), list(cases()))
def test_a_real_answer_is_decoded_as_by_a_plain_reading(
    label: str, file: Path, replayed: dict[str, Replayed], request: pytest.FixtureRequest
) -> None:
    interaction = json.loads(file.read_text("utf-8"))
    request.node.user_properties.append(counted_as(interaction))
    if label not in replayed:
        replayed[label] = Replayed(ROUTES[label])

    read = _read(replayed[label].ask(interaction))

    expected = reading(interaction, ROUTES[label].wire)
    if (name := name_of(file)) in EXCLUDED:
        assert read != expected, "it need not be excluded any more"
        pytest.skip(EXCLUDED[name])
    assert read == expected


def _read(response: LLMResponse) -> Reading:
    if response.error_kind not in (None, "content_filter"):
        return Reading(error=str(response.error_kind))
    return Reading(
        response.content,
        [(call["name"], json.loads(call["arguments"])) for call in response.tool_calls],
        response.finish_reason,
        (response.prompt_tokens, response.completion_tokens),
    )
