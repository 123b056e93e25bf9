"""The kind of an error is read from its code and message, in whatever body and by whatever way it comes.

Scripts: no server can be asked for most failures. The texts are the providers' own, from public issues.
"""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice
from typing import Any, NamedTuple

import pytest

from conformance.servers.scripted.error_bodies import ERROR_BODIES, STATUS_BODIES, ErrorBody
from conformance.servers.scripted.error_texts import BILLS, NO_OVERFLOWS, OVERFLOWS, WAITS
from conformance.testing import (
    Dialect,
    Play,
    Script,
    Usage,
    by_invoke,
    by_stream,
    compact,
    in_order,
    in_turn,
    laws,
    reply,
    text,
)


class Sample(NamedTuple):
    """An error in a provider's words, and its kind."""

    kind: str
    status: int
    type: str | None
    code: Any
    text: str


REFUSED = "invalid_request_error"
SPENT = "insufficient_quota"
WORDS = [
    Sample("context_limit", 400, REFUSED, None, "prompt is too long: 216868 tokens > 200000 maximum"),
    Sample(
        "rate_limit", 429, "ThrottlingException", None, "Too many tokens, please wait before trying again."
    ),
    Sample("quota", 429, SPENT, SPENT, "You exceeded your current quota, please check your billing details."),
    Sample("authentication", 401, REFUSED, "invalid_api_key", "Incorrect API key provided."),
    Sample("not_found", 404, REFUSED, "model_not_found", "The model `tiny` does not exist."),
    Sample("bad_request", 400, REFUSED, "invalid_value", "max_tokens is too large: 20480, at most 16384."),
    Sample(
        "content_filter", 400, None, "content_filter", "The prompt triggered a content management policy."
    ),
    Sample("overloaded", 529, "overloaded_error", None, "Overloaded"),
    Sample("timeout", 500, None, None, "The request to the model timed out."),
    Sample("server", 500, "server_error", None, "prompt is too long to log"),
]
"""One of each kind, clear by its message and by its code: a form of body may lose either one."""

BODIES = [*ERROR_BODIES, *STATUS_BODIES]
"""Every form of body; invoke and stream are asked in turn about the words in each."""

every_form = pytest.mark.parametrize("shape", ERROR_BODIES, ids=[shape.name for shape in ERROR_BODIES])


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("shape", BODIES, ids=lambda shape: shape.name)
def test_an_error_body_in_any_form_has_its_kind(shape: ErrorBody, play: Play) -> None:
    """An error body in any form is reported with the kind of its error, from invoke and from stream.

    cline/cline#13194 (a wrapper), google-gemini/gemini-cli#6678 (a list), #4231 (JSON inside JSON),
    vllm-project/vllm#4667 (flat), microsoft/copilot-intellij-feedback#94 (no type), and a plain string, of
    which ``body.get`` made a crash. Both backends over one SDK must report the same.
    """
    llm = play(in_order([reply(shape.body(sample), sample.status) for sample in WORDS]))

    for sample, ask in in_turn(WORDS, BODIES.index(shape)):
        assert sample.text in laws.fails_as(partial(ask, llm), sample.kind)


CODED = [
    Sample("context_limit", 400, None, "context_length_exceeded", "It failed."),
    Sample("quota", 429, None, SPENT, "It failed."),
    Sample("not_found", 400, None, "model_not_found", "It failed."),
]
"""Errors whose message says nothing."""

WITH_CODE = [shape for shape in BODIES if shape.has_code]


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("shape", WITH_CODE, ids=lambda shape: shape.name)
def test_a_code_has_its_kind_wherever_it_stands(shape: ErrorBody, play: Play) -> None:
    """The code of an error decides where its message says nothing, wherever a body has it."""
    llm = play(in_order([reply(shape.body(sample), sample.status) for sample in CODED]))

    for sample, ask in in_turn(CODED, BODIES.index(shape)):
        assert sample.text in laws.fails_as(partial(ask, llm), sample.kind)


@pytest.mark.dialects("openai")
@every_form
def test_an_error_inside_a_200_has_the_same_kind(shape: ErrorBody, play: Play) -> None:
    """An error body inside a 200 has the same kind as under its own status, from invoke and from stream.

    langchain-ai/langchain#40362: one payload was three different errors, by the way it was asked for.
    """
    llm = play(in_order([reply(shape.body(sample)) for sample in WORDS]))

    for sample, ask in in_turn(WORDS, BODIES.index(shape)):
        assert sample.text in laws.fails_as(partial(ask, llm), sample.kind)


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("name", [b"", b"event: error\n"], ids=["unnamed", "named"])
@every_form
def test_an_error_inside_a_stream_has_the_same_kind(
    shape: ErrorBody, name: bytes, play: Play, dialect: Dialect
) -> None:
    """An error event has the same kind as an error body, as the first event and after some text.

    langchain-ai/langchain#40362: there is no status to go by, and code that asks for one crashes. An event
    without ``error`` in it was passed over, and the stream looked complete.
    """
    begun = dialect.events(text.COUNT.answer)[:3]
    # In turn: each form is met in both places.
    streams: list[tuple[list[bytes], list[bytes]]] = [([], [b"data: [DONE]\n\n"]), (begun, [])]

    def script(sample: Sample, before: list[bytes], behind: list[bytes]) -> Script:
        event = name + f"data: {compact(shape.body(sample))}\n\n".encode()
        return dialect.streamed([*before, event, *behind])

    around = islice(cycle(streams), BODIES.index(shape), None)
    llm = play(in_order([script(sample, *next(around)) for sample in WORDS]))

    for sample in WORDS:
        assert sample.text in laws.fails_as(partial(by_stream, llm), sample.kind)


@pytest.mark.dialects("openai")
def test_an_error_event_may_be_plain_text(play: Play, dialect: Dialect) -> None:
    """An event named ``error`` is reported as an error even if its data is plain text.

    Seen in lmstudio-ai/lmstudio-bug-tracker#407.
    """
    begun = dialect.events(text.COUNT.answer)[:3]
    event = b"event: error\ndata: Too many tokens, please wait before trying again.\n\n"
    llm = play(dialect.streamed([*begun, event]))

    assert "please wait" in laws.fails_as(partial(by_stream, llm), "rate_limit")


@pytest.mark.core
@pytest.mark.parametrize(
    ("kind", "texts"),
    [("context_limit", OVERFLOWS), ("bad_request", NO_OVERFLOWS), ("rate_limit", WAITS), ("quota", BILLS)],
    ids=["context_limit", "bad_request", "rate_limit", "quota"],
)
def test_the_message_of_a_400_decides_its_kind(
    kind: str, texts: list[str], play: Play, dialect: Dialect
) -> None:
    """The message of a 400 decides whether it is a context overflow, a rate limit, a quota or a bad request.

    Overflows that were missed: crewAIInc/crewAI#4381, strands-agents/harness-sdk#1078,
    BerriAI/litellm#10793, #15968, #21647, vllm-project/vllm#4667, #33418, bytedance/deer-flow#583. Taken for
    one, and the history thrown away for nothing: NousResearch/hermes-agent#51793, aaif-goose/goose#9831,
    anomalyco/opencode#13015, openclaw/openclaw#147644. Bills: router-for-me/CLIProxyAPI#3859,
    liliMozi/openhanako#452.
    """
    llm = play(in_order([dialect.error("bad_request", words).reply() for words in texts]))

    for words, ask in in_turn(texts):
        assert words in laws.fails_as(partial(ask, llm), kind)


@pytest.mark.core
def test_an_answer_with_a_huge_usage_is_an_answer(play: Play, dialect: Dialect) -> None:
    """An answer whose usage exceeds every context is a success, and its usage is reported.

    justrach/codegraff#414: only the prompt's token count showed that the context was full.
    """
    usage = Usage(prompt_tokens=9_000_000, completion_tokens=5)
    answer = text.GREETING.answer
    llm = play(dialect.answering(answer, usage=usage))

    response = by_invoke(llm)

    laws.is_the_answer(response, answer)
    assert response.prompt_tokens == llm.last_prompt_tokens == usage.prompt_tokens
