"""The embedded engine, which is llama.cpp's own server, keeps all laws but those that are known to be broken.

No recording tests: it is a real server, asked as a stranger's would be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.judging.judgement import Address, judged
from conformance.judging.law import CAPABILITIES
from conformance.servers.engine.process import Engine
from tests.judging.judging import FAILED, broken
from tests.support.project import needs_engine

pytestmark = needs_engine

KEY = "sk-conformance-engine-key"


@pytest.fixture(scope="module")
def engine() -> Iterator[Address]:
    with Engine(api_key=KEY) as engine:
        yield Address(f"{engine.url}/v1", "tiny", KEY, context=2048)


def test_its_chat_completions_are_openai_s_but_for_their_errors(engine: Address) -> None:
    judgement = judged(engine, "chat", ["*"], declared=CAPABILITIES)
    failed = {each.law.id for each in judgement.verdicts if each.outcome in FAILED}
    # Each chunk has the time at which it is sent: broken where a second begins inside the stream.
    assert failed.isdisjoint({"stream/chunks_share-id", "stream/chunks_share-model"})
    assert broken(judgement) - {"stream/chunks_share"} == {
        "refusals/a_bad_request_is_refused",  # an unknown model and role, and no messages, are answered
        "refusals/a_refusal_has_an_error_body",  # its code is the status, a number
        "refusals/a_stream_is_refused_before_it_begins",  # that of an unknown model
    }
    tokens = "choices[].logprobs.content[]"
    unknown = {"timings", f"{tokens}.id", f"{tokens}.top_logprobs[].id"}
    chunks = {f"(chunk) {name}" for name in unknown}
    assert judgement.unknown == unknown | chunks | {"choices[].message.reasoning_content"}


def test_its_responses_differ_from_openai_s(engine: Address) -> None:
    judgement = judged(engine, "responses", ["*"], declared=CAPABILITIES)
    assert broken(judgement) == {
        "answer/a_truncated_answer_is_incomplete",  # it is completed
        "answer/an_answer_has_its_fields",  # the tools and the details of the output's tokens are missing
        "refusals/a_bad_request_is_refused",
        "refusals/a_refusal_has_an_error_body",
        "refusals/a_stream_is_refused_before_it_begins",
        "stream/a_truncated_stream_is_incomplete",
        "stream/deltas_of_a_call_make_what_is_done",  # no event has an output_index
        "stream/deltas_of_parallel_calls_make_what_is_done",  # the arguments have no done event
        "stream/deltas_of_a_text_make_what_is_done",
        "stream/events_are_numbered",
        "stream/events_have_their_fields",
        "stream/events_of_parallel_calls_come_in_their_order",
        "stream/parts_are_numbered",  # no event has a content_index
    }


def test_its_messages_differ_from_anthropic_s(engine: Address) -> None:
    judgement = judged(engine, "messages", ["*"], declared=CAPABILITIES)
    assert broken(judgement) == {
        "answer/a_question_without_max_tokens_is_refused",
        "limits/a_stop_sequence_ends_a_stream",  # its stop reason is end_turn
        "limits/a_stop_sequence_ends_an_answer",
        "refusals/a_bad_request_is_refused",
        "refusals/a_refusal_has_an_error_body",  # it is OpenAI's
        "refusals/a_stream_is_refused_before_it_begins",
        "stream/events_have_their_fields",  # a block of a call starts without its input
        "stream/events_of_parallel_calls_come_in_their_order",  # both calls stop at the end
        "tools/no_tool_is_called_where_none_may_be",  # the tool choice is ignored
    }
