"""Separating thoughts from answers.

Unit tests: no server can be made to cut its deltas at every place.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from provider.chat.thinking import ThinkingBlocks, ThoughtSplitter, split_thought

words = st.sampled_from([*"ab<>/ \n", "think", "<think>", "</think>", "é", "🦀"])
texts = st.lists(words).map("".join)


def streamed(text: str, cuts: list[int], *, separate_reasoning: bool) -> tuple[str, str]:
    """Feed ``text`` cut at ``cuts``, and join what comes out."""
    splitter = ThoughtSplitter()
    if separate_reasoning:
        splitter.expect_no_thought()
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pairs = [splitter.feed(text[start:end]) for start, end in pairwise(places)]
    pairs.append(splitter.flush())
    return "".join(thought for thought, _ in pairs), "".join(answer for _, answer in pairs)


@given(texts, st.lists(st.integers(0, 30)), st.booleans())
@example("<think>a</think>\n\nb", [3, 9, 12, 17, 18], False)
def test_a_stream_is_split_as_the_whole_text_is(text: str, cuts: list[int], separate_reasoning: bool) -> None:
    """However the deltas are cut: stream and invoke must agree."""
    assert streamed(text, cuts, separate_reasoning=separate_reasoning) == split_thought(
        text, separate_reasoning=separate_reasoning
    )


@given(texts)
def test_a_text_without_a_thought_at_its_beginning_stays_as_it_is(text: str) -> None:
    if not text.lstrip().startswith("<think>"):
        assert split_thought(text, separate_reasoning=False) == ("", text)


@given(texts.filter(lambda text: "</think>" not in text), texts)
def test_the_text_between_the_tags_is_the_thought(thought: str, answer: str) -> None:
    text = f"<think>{thought}</think>{answer}"

    assert split_thought(text, separate_reasoning=False) == (thought, answer.lstrip("\n"))


def test_a_thought_that_never_ends_is_a_thought() -> None:
    """Cut at max_tokens while it thinks: the thought is not the answer."""
    assert split_thought("<think>and then", separate_reasoning=False) == ("and then", "")


def test_signed_thoughts_come_together_from_their_deltas() -> None:
    """The signature ends a block; the next thought begins another."""
    blocks = ThinkingBlocks()
    for delta in (
        [{"type": "thinking", "thinking": "One ", "signature": None, "index": 0}],
        None,
        [{"type": "thinking", "thinking": "thought.", "signature": ""}],
        [{"type": "thinking", "thinking": "", "signature": "s1"}],
        [{"type": "redacted_thinking", "data": "xyz", "index": 1}],
        [{"type": "thinking", "thinking": "Another.", "signature": "s2"}],
    ):
        blocks.add(delta)

    assert blocks.state() == {
        "thinking_blocks": [
            {"type": "thinking", "thinking": "One thought.", "signature": "s1"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "thinking", "thinking": "Another.", "signature": "s2"},
        ]
    }
    assert ThinkingBlocks().state() == {}
