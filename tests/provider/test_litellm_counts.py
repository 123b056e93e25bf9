"""Token counts of routes whose wire is not known here: those that the provider told, and none of litellm's.

No scenario: no target speaks such a wire.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer, reply
from provider import LiteLLM
from provider.litellm.counts import told_counts
from tests.provider.routes import KEY, ask

pytestmark = pytest.mark.parametrize("label", ["litellm@openai"])  # keeps litellm on one worker of xdist

NLP_CLOUD = {"generated_text": "Hello", "nb_input_tokens": 7, "nb_generated_tokens": 3}


@pytest.mark.parametrize(
    ("model", "body", "tokens"),
    [
        ("nlp_cloud/dolphin", NLP_CLOUD, (7, 3)),
        ("triton/generate", {"text_output": "Hello"}, (None, None)),
    ],
)
def test_only_counts_that_came_are_told(
    model: str, body: Any, tokens: tuple[int | None, int | None], label: str
) -> None:
    del label
    with (
        ScriptedServer(lambda _: reply(body)) as server,
        LiteLLM(model, KEY, server.url + "/generate", max_retries=0) as llm,
    ):
        response = ask(llm, "invoke")

    assert (response.content, response.error) == ("Hello", None)
    assert (response.prompt_tokens, response.completion_tokens) == tokens


@pytest.mark.parametrize("counts", [{}, {"nb_tokens": 1}])
def test_a_stream_that_litellm_makes_of_an_answer_has_the_counts_of_the_answer(
    counts: dict[str, int], label: str
) -> None:
    del label
    with (
        ScriptedServer(lambda _: reply({"outputs": "Hello", **counts})) as server,
        LiteLLM("petals/m", KEY, server.url, max_retries=0) as llm,
    ):
        response = ask(llm, "stream")

    assert (response.content, response.error) == ("Hello", None)
    assert (response.prompt_tokens, response.completion_tokens) == (None, counts.get("nb_tokens"))


@pytest.mark.parametrize(
    ("usage", "received", "told"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 3}, {"meta": [{"tokenCount": 7}]}, {"prompt_tokens": 7}),
        ({"prompt_tokens": 7}, {"seven": 7}, {}),
        ({"prompt_tokens": 1}, {"tokens": True}, {}),
        (
            {"prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": None}},
            {"tokens": {"cached_tokens": [0]}},
            {"prompt_tokens_details": {"cached_tokens": 0}},
        ),
        (None, {"tokens": 7}, {}),
        ({"prompt_tokens": 7}, None, {}),
    ],
)
def test_a_count_is_told_where_a_field_for_tokens_has_it(
    usage: Any, received: Any, told: Any, label: str
) -> None:
    del label
    assert told_counts(usage, received) == told
