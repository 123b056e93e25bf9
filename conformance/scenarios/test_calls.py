"""Tool calls in whatever shape a server of OpenAI's wire gives them.

Scripts: no server at hand sends all of them; each is one that users of some server have met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance import laws
from conformance.dialogue import tools
from conformance.suite.stage import Build, Serve
from conformance.wire import reply
from conformance.wire.dialects import Dialect
from conformance.wire.raw_calls import Fragment, completion, events, fragment
from provider.response import LLMResponse

pytestmark = pytest.mark.dialects("openai")

QUESTION = tools.ASK_BOTH
TOOLS = [tools.WEATHER, tools.ALARMS]

PARIS = '{"city": "Paris"}'
OSLO = '{"city": "Oslo"}'
MADE_UP = None
"""An id that the server did not send, so the backend makes one."""

Expected = list[tuple[str | None, str, str]]
"""Id, name and arguments of each call."""

BOTH: Expected = [("a", "get_weather", PARIS), ("b", "get_weather", OSLO)]
ONE: Expected = [("a", "get_weather", PARIS)]


def opening(**fields: Any) -> Fragment:
    """The first fragment of a call of get_weather."""
    return fragment(**{"name": "get_weather", "arguments": "", **fields})


FRAGMENTS: dict[str, tuple[list[Any], Expected]] = {
    # huggingface/smolagents#1958, langchain-ai/langchain#35281
    "same-index": (
        [
            opening(index=0, id="a"),
            fragment(index=0, arguments=PARIS),
            opening(index=0, id="b"),
            fragment(index=0, arguments=OSLO),
        ],
        BOTH,
    ),
    # su-kaka/gcli2api#406, comet-ml/opik#8362
    "same-index-whole-calls": (
        [opening(index=0, id="a", arguments=PARIS), opening(index=0, id="b", arguments=OSLO)],
        BOTH,
    ),
    # openai/openai-python#3246
    "no-index": (
        [
            opening(id="a"),
            fragment(arguments='{"city": '),
            fragment(arguments='"Paris"}'),
            opening(id="b", arguments=OSLO),
        ],
        BOTH,
    ),
    # jin-bo/agentao#117
    "index-null": ([opening(index=None, id="a"), fragment(index=None, arguments=PARIS)], ONE),
    "index-sometimes": (
        [
            opening(index=0, id="a"),
            fragment(index=0, arguments=PARIS),
            opening(id="b"),
            fragment(id="b", arguments=OSLO),
        ],
        BOTH,
    ),
    # langchain-ai/langchain#40028
    "index-0-and-1": (
        [
            [opening(index=0, id="a"), opening(index=1, id="b")],
            fragment(index=1, arguments=OSLO),
            fragment(index=0, arguments=PARIS),
        ],
        BOTH,
    ),
    # maximhq/bifrost#1829
    "interleaved": (
        [
            opening(index=0, id="a"),
            opening(index=1, id="b"),
            fragment(index=0, arguments='{"city": '),
            fragment(index=1, arguments='{"city": '),
            fragment(index=0, arguments='"Paris"}'),
            fragment(index=1, arguments='"Oslo"}'),
        ],
        BOTH,
    ),
    # anomalyco/opencode#37841, symfony/ai#2220
    "id-and-name-empty-later": (
        [opening(index=0, id="a"), fragment(index=0, id="", name="", arguments=PARIS)],
        ONE,
    ),
    # sgl-project/sglang#35542
    "id-and-name-null-later": (
        [opening(index=0, id="a"), fragment(index=0, id=None, name=None, arguments=PARIS)],
        ONE,
    ),
    # lmstudio-ai/lmstudio-bug-tracker#649
    "name-empty-later": (
        [
            opening(index=0, id="a"),
            fragment(index=0, name="", arguments='{"city": '),
            fragment(index=0, name="", arguments='"Paris"}'),
        ],
        ONE,
    ),
    "name-repeated": (
        [
            opening(index=0, id="a"),
            opening(index=0, id="a", arguments='{"city": '),
            opening(index=0, id="a", arguments='"Paris"}'),
        ],
        ONE,
    ),
    "id-late": ([opening(index=0), fragment(index=0, id="a", arguments=PARIS)], ONE),
    # vllm-project/vllm#18412, continuedev/continue#13235
    "id-never": (
        [
            opening(index=0),
            fragment(index=0, arguments=PARIS),
            opening(index=1),
            fragment(index=1, arguments=OSLO),
        ],
        [(MADE_UP, *call[1:]) for call in BOTH],
    ),
}


@pytest.mark.parametrize(("fragments", "expected"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_fragments_become_the_calls(
    fragments: list[Any], expected: Expected, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Whatever fragments a server makes of its calls, the stream ends in the calls that invoke gives.

    The calls of one index are told apart by their ids, and an empty id or name is none: else two
    calls become one with the arguments ``{"city": "Paris"}{"city": "Oslo"}`` (huggingface/smolagents#1958).
    """
    whole = [fragment(id=id_ or f"call_{name}", name=name, arguments=text) for id_, name, text in expected]
    invoked, streamed = asked(serve, build, dialect, completion(distinct(whole)), events(fragments))

    are_calls(streamed, expected)
    laws.same_answer(streamed, invoked)


WHOLE: dict[str, tuple[list[Fragment], Expected]] = {
    # simonw/llm#1164, microsoft/autogen#5667, cheshire-cat-ai/core#1140
    "arguments-empty": (
        [fragment(id="a", name="list_alarms", arguments="")],
        [("a", "list_alarms", "{}")],
    ),
    # pydantic/pydantic-ai#822
    "arguments-null": (
        [fragment(id="a", name="list_alarms", arguments=None)],
        [("a", "list_alarms", "{}")],
    ),
    "arguments-null-as-text": (
        [fragment(id="a", name="list_alarms", arguments="null")],
        [("a", "list_alarms", "{}")],
    ),
    "arguments-missing": ([fragment(id="a", name="list_alarms")], [("a", "list_alarms", "{}")]),
    # NousResearch/hermes-agent#1114
    "arguments-an-object": ([opening(id="a", arguments={"city": "Paris"})], ONE),
    # langchain-ai/langchain#35990
    "arguments-a-text": ([opening(id="a", arguments='"Paris"')], [("a", "get_weather", '"Paris"')]),
    "arguments-a-list": ([opening(id="a", arguments="[]")], [("a", "get_weather", "[]")]),
    "arguments-a-number": ([opening(id="a", arguments="123")], [("a", "get_weather", "123")]),
    # NousResearch/hermes-agent#83229, XpressAI/xaibo#33
    "arguments-broken": (
        [opening(id="a", arguments='{"city": Paris"}'), opening(id="b", arguments=OSLO)],
        [("a", "get_weather", '{"city": Paris"}'), BOTH[1]],
    ),
    # lmstudio-ai/lmstudio-bug-tracker#830, vercel/ai#19091
    "id-empty": (
        [opening(id="", arguments=PARIS), opening(id="", arguments=OSLO)],
        [(MADE_UP, *call[1:]) for call in BOTH],
    ),
    "id-null": ([opening(id=None, arguments=PARIS)], [(MADE_UP, *ONE[0][1:])]),
    "id-missing": ([opening(arguments=PARIS)], [(MADE_UP, *ONE[0][1:])]),
    "id-twice": (
        [opening(id="a", arguments=PARIS), opening(id="a", arguments=OSLO)],
        [BOTH[0], (MADE_UP, *BOTH[1][1:])],
    ),
}


@pytest.mark.parametrize(("calls", "expected"), WHOLE.values(), ids=WHOLE)
def test_a_call_in_a_shape_of_its_own(
    calls: list[Fragment], expected: Expected, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Arguments are JSON text and ids are there and differ, invoked and streamed, whatever the server sent.

    What is no JSON stays as it was written: a ``{}`` in its place runs the tool with other arguments
    (NousResearch/hermes-agent#83229), and no arguments are ``{}``, not an error (simonw/llm#1164).
    """
    indexed = [{"index": number, **call} for number, call in enumerate(calls)]
    invoked, streamed = asked(serve, build, dialect, completion(calls), events(indexed))

    are_calls(invoked, expected)
    are_calls(streamed, expected)


@pytest.mark.parametrize("finish", ["stop", None])
def test_calls_count_whatever_the_finish_reason(
    finish: str | None, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Calls are handed over also with the finish reason ``stop``, and with none before ``[DONE]``.

    BerriAI/litellm#12862, sgl-project/sglang#2877: the loop ended, and the calls were never run.
    """
    fragments = [opening(index=0, id="a"), fragment(index=0, arguments=PARIS)]
    body = completion([opening(id="a", arguments=PARIS)], finish_reason=finish)

    for response in asked(serve, build, dialect, body, events(fragments, finish_reason=finish)):
        are_calls(response, ONE)
        assert response.finish_reason in (finish, "tool_calls")


@pytest.mark.parametrize("finish", ["length", "tool_calls"])
def test_a_call_cut_by_the_token_limit_is_shown_as_it_is(
    finish: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Arguments that the token limit cut stay cut: the caller sees them, and the finish reason that came.

    NousResearch/hermes-agent#35151, #7693: ``{}`` stood in their place, and the tool was run with it.
    Some servers call such an end ``tool_calls``, and then the text alone shows the cut.
    """
    half = PARIS[:-3]
    fragments = [opening(index=0, id="a"), fragment(index=0, arguments=half)]
    body = completion([opening(id="a", arguments=half)], finish_reason=finish)

    for response in asked(serve, build, dialect, body, events(fragments, finish_reason=finish)):
        are_calls(response, [("a", "get_weather", half)])
        assert response.finish_reason == finish


@pytest.mark.parametrize("none", [[], None], ids=["empty", "null"])
@pytest.mark.parametrize("text", ["I would call a tool.", ""], ids=["text", "no-text"])
def test_a_promise_of_calls_is_no_call(
    none: Any, text: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Finish reason ``tool_calls`` over an empty list: the text is kept and no call is made up.

    vllm-project/vllm#53363 sent prose beside it, vectorize-io/hindsight#2016 nothing at all.
    """
    chunks = events([none], text=text)

    for response in asked(serve, build, dialect, completion(none, text=text), chunks):
        are_calls(response, [])
        assert response.content == text


def test_a_demanded_call_that_does_not_come_is_seen(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An empty turn in place of a call that was required is an empty answer with no calls, never None.

    lmstudio-ai/lmstudio-bug-tracker#1904: ``content: ""`` and ``tool_calls: null`` with a 200.
    """
    body = completion(None, text="", finish_reason="stop")
    chunks = events([], text="", finish_reason="stop")

    for response in asked(serve, build, dialect, body, chunks, tool_choice="required"):
        are_calls(response, [])
        assert (response.content, response.finish_reason) == ("", "stop")
        assert not response.has_tool_calls


def asked(
    serve: Serve, build: Build, dialect: Dialect, body: Any, chunks: Sequence[bytes], **kwargs: Any
) -> tuple[LLMResponse, LLMResponse]:
    """What invoke makes of ``body``, and a stream of ``chunks``."""

    def answer(request: Any) -> Any:
        return dialect.streamed(chunks) if dialect.wants_stream(request) else reply(body)

    llm = build(serve(answer).url)
    invoked = llm.invoke([QUESTION], tools=TOOLS, **kwargs)
    laws.well_formed(invoked)
    return invoked, laws.read(llm.stream([QUESTION], tools=TOOLS, **kwargs))


def are_calls(response: LLMResponse, expected: Expected) -> None:
    """The response is an answer with these calls."""
    assert response.error is None, response.error
    told = [(call["id"], call["name"], call["arguments"]) for call in response.tool_calls]
    assert [call[1:] for call in told] == [call[1:] for call in expected]
    for (given, *_), (wanted, *_) in zip(told, expected, strict=True):
        assert wanted in (given, MADE_UP)


def distinct(calls: list[Fragment]) -> list[Fragment]:
    """The calls, each with an id of its own."""
    return [{**call, "id": f"{call['id']}{number}"} for number, call in enumerate(calls)]
