"""Tools reach a model that litellm's price table does not know, where a request has a place for them.

``tools/call`` asks every route with such a model. No scenarios: a target has one model.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import tools
from provider import LiteLLM
from tests.provider.routes import KEY, LITELLM

TURN = tools.ONE_CALL


@pytest.fixture(autouse=True, params=[LITELLM.label], ids=str)
def route() -> None:
    """A parameter, because its id keeps the import of litellm on one worker of xdist."""


@pytest.mark.parametrize(
    ("model", "wire", "path"),
    [
        ("bedrock/converse/us.moonshotai.kimi-of-tomorrow", "bedrock", ""),  # calebevans/mulder#207
        ("nscale/of-tomorrow", "openai", "/v1"),  # BerriAI/litellm#21244
    ],
)
def test_tools_of_an_unknown_model_are_sent(model: str, wire: str, path: str) -> None:
    options: dict[str, Any] = {"aws_region_name": "us-east-1"} if wire == "bedrock" else {}
    with (
        ScriptedServer(dialect(wire).answering(TURN.answer)) as server,
        LiteLLM(model, KEY, server.url + path, max_retries=0, **options) as llm,
    ):
        response = llm.chat_with_tools(TURN.messages, tools=list(TURN.tools))

    assert [call["name"] for call in response.tool_calls] == ["get_weather"]
    [request] = server.requests
    assert dialect(wire).tool_names(request) == ["get_weather"]


def test_tools_of_a_model_that_is_known_to_have_none_are_refused() -> None:
    """litellm would leave them out, and the model would answer as if there were none."""
    with (
        ScriptedServer(dialect("openai").answering(TURN.answer)) as server,
        LiteLLM("perplexity/sonar", KEY, f"{server.url}/v1", max_retries=0) as llm,
    ):
        response = llm.chat_with_tools(TURN.messages, tools=list(TURN.tools))

    assert server.requests == ()
    assert response.error_kind == "bad_request"
    assert response.error == "perplexity/sonar: this route has no tools"
