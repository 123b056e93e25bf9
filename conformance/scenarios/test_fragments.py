"""Tool calls in every kind of fragments that streams of OpenAI's wire have.

Scripts: no server at hand sends all of them; each is one that users of some server have met.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted.raw import (
    BOTH,
    ONE,
    OSLO,
    PARIS,
    fragment,
    in_fragments,
    opening,
)
from conformance.testing import Dialect, Play, laws, tools

pytestmark = pytest.mark.dialects("openai")

QUESTION = [tools.ASK_BOTH]
TOOLS = [tools.WEATHER, tools.ALARMS]

FRAGMENTS: dict[str, tuple[list[Any], laws.Calls]] = {
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
    "id-and-name-blank-later": (
        [opening(index=0, id="a"), fragment(index=0, id=" ", name=" ", arguments=PARIS)],
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
    # poolsideai/pool#9
    "id-changes": (
        [
            opening(index=0, id="a"),
            fragment(index=0, id="x", arguments='{"city": '),
            fragment(index=0, id="y", arguments='"Paris"}'),
        ],
        ONE,
    ),
    "id-changes-beside-the-name": (
        [
            opening(index=0, id="a"),
            opening(index=0, id="x", arguments='{"city": '),
            opening(index=0, id="y", arguments='"Paris"}'),
        ],
        ONE,
    ),
    "ids-change-interleaved": (
        [
            *(opening(index=0, id="a"), opening(index=1, id="b")),
            *(fragment(index=1, id="x", arguments=OSLO), fragment(index=0, id="y", arguments=PARIS)),
        ],
        BOTH,
    ),
    "index-changes": (
        [opening(index=0, id="a"), fragment(index=1, id="a", arguments=PARIS)],
        ONE,
    ),
    "index-counts-fragments": (
        [
            opening(index=0, id="a"),
            fragment(index=1, arguments='{"city": '),
            fragment(index=2, arguments='"Paris"}'),
        ],
        ONE,
    ),
    "name-in-pieces": (
        [
            fragment(index=0, id="a", name="get_", arguments=""),
            fragment(index=0, name="weather"),
            fragment(index=0, arguments=PARIS),
        ],
        ONE,
    ),
    "name-so-far": (
        [fragment(index=0, id="a", name="get_"), opening(index=0), fragment(index=0, arguments=PARIS)],
        ONE,
    ),
    "index-as-text": (
        [
            *(opening(index="0", id="a"), opening(index="1", id="b")),
            *(fragment(index="0", arguments='{"city": '), fragment(index="1", arguments='{"city": ')),
            *(fragment(index="0", arguments='"Paris"}'), fragment(index="1", arguments='"Oslo"}')),
        ],
        BOTH,
    ),
    "no-index-interleaved": (
        [
            *(opening(id="a"), opening(id="b"), fragment(id="a", arguments='{"city": ')),
            *(fragment(id="b", arguments=OSLO), fragment(id="a", arguments='"Paris"}')),
        ],
        BOTH,
    ),
    # SamSaffron/term-llm#314
    "told-apart-by-their-places": (
        [
            [opening(id="a"), opening(id="b")],
            [fragment(arguments='{"city": '), fragment(arguments='{"city": ')],
            [fragment(arguments='"Paris"}'), fragment(arguments='"Oslo"}')],
        ],
        BOTH,
    ),
    # agno-agi/agno#8880
    "index-of-another-at-first": (
        [
            *(opening(index=0, id="a"), fragment(index=0, arguments=PARIS), opening(index=0, id="b")),
            fragment(index=1, arguments=OSLO),
        ],
        BOTH,
    ),
    "name-in-pieces-without-index": (
        [fragment(id="a", name="get_"), fragment(name="weather"), fragment(arguments=PARIS)],
        ONE,
    ),
    "name-in-pieces-with-placeholders": (
        [
            fragment(index=0, id="a", name="get_", arguments="{}"),
            fragment(index=0, name="weather", arguments="{}"),
            fragment(index=0, arguments=PARIS),
        ],
        ONE,
    ),
    "name-once-more-behind": (
        [
            opening(index=0, id="a", arguments=PARIS),
            opening(index=0),
            opening(index=0, id="b", arguments=OSLO),
        ],
        BOTH,
    ),
    "no-function": (
        [
            {"index": 0, "id": "a", "name": "get_weather", "arguments": ""},
            {"index": 0, "arguments": '{"city": '},
            {"index": 0, "arguments": '"Paris"}'},
        ],
        ONE,
    ),
    # vllm-project/vllm#18412, continuedev/continue#13235
    "id-never": (
        [
            opening(index=0),
            fragment(index=0, arguments=PARIS),
            opening(index=1),
            fragment(index=1, arguments=OSLO),
        ],
        [(laws.MADE_UP, *call[1:]) for call in BOTH],
    ),
}


@pytest.mark.parametrize(("fragments", "expected"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_fragments_are_joined_into_calls(
    fragments: list[Any], expected: laws.Calls, play: Play, dialect: Dialect
) -> None:
    """The fragments of a stream are joined into the same tool calls that invoke gives.

    Calls with the same index are distinguished by their ids, and an empty id or name does not count: else
    two calls become one with the arguments ``{"city": "Paris"}{"city": "Oslo"}``
    (huggingface/smolagents#1958). A fragment without a name continues the call of its index, whatever its id
    (poolsideai/pool#9).
    """
    llm = play(in_fragments(dialect, expected, fragments))
    invoked, streamed = laws.ask_both_ways(llm, QUESTION, tools=TOOLS)

    laws.calls_are(streamed, expected)
    laws.same_answer(streamed, invoked)
