"""Separating thoughts from answers.

Unit tests: no server can be made to cut its deltas at every place.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from provider.chat.provider_state import ProviderState
from provider.chat.thinking import ThoughtSplitter, split_thought

words = st.sampled_from([*"ab<>/ \n", "think", "<think>", "</think>", "é", "🦀"])
texts = st.lists(words).map("".join)


def streamed(text: str, cuts: list[int], reasoning: str) -> tuple[str, str]:
    """Feed ``text`` cut at ``cuts``, behind ``reasoning``, and join what comes out."""
    splitter = ThoughtSplitter()
    splitter.add_reasoning(reasoning)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    answer = "".join(splitter.feed(text[start:end]) for start, end in pairwise(places)) + splitter.flush()
    return splitter.reasoning, answer


@given(texts, st.lists(st.integers(0, 30)), texts)
@example("<think>a</think>\n\nb", [3, 9, 12, 17, 18], "")
@example("<think>a</think>\n\nb", [3, 9, 12, 17, 18], "a\n")
@example("<think>a</think>\n\nb", [3, 9, 12, 17, 18], "c")
def test_a_stream_is_split_as_the_whole_text_is(text: str, cuts: list[int], reasoning: str) -> None:
    """However the deltas are cut: stream and invoke must agree."""
    assert streamed(text, cuts, reasoning) == split_thought(text, reasoning)


@given(texts, texts.filter(lambda reasoning: "think>" not in reasoning))
def test_a_text_without_a_thought_at_its_beginning_stays_as_it_is(text: str, reasoning: str) -> None:
    if not text.lstrip().startswith("<think>") and "</think>" not in text:
        assert split_thought(text, reasoning) == (reasoning, text)


thoughts = texts.filter(lambda thought: "</think>" not in thought)
answers = texts.filter(lambda answer: not answer.lstrip().startswith("<think>"))


@given(thoughts, answers, st.lists(st.integers(0, 30)))
def test_a_thought_that_is_in_its_field_too_counts_once(thought: str, answer: str, cuts: list[int]) -> None:
    """Deltas hold a piece of both."""
    text, splitter, content = f"<think>{thought}</think>{answer}", ThoughtSplitter(), ""
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    for start, end in pairwise(places):
        splitter.add_reasoning(thought[start:end] if end < len(text) else thought[start:])
        content += splitter.feed(text[start:end])
    content += splitter.flush()

    assert (splitter.reasoning.split(), content) == (thought.split(), answer.lstrip("\n"))


@given(thoughts, answers)
def test_the_text_between_the_tags_is_the_thought(thought: str, answer: str) -> None:
    text = f"<think>{thought}</think>{answer}"

    assert split_thought(text) == (thought, answer.lstrip("\n"))


def test_a_thought_that_never_ends_is_a_thought() -> None:
    """Cut at max_tokens while it thinks: the thought is not the answer."""
    assert split_thought("<think>and then") == ("and then", "")


def test_signed_thoughts_come_together_from_their_deltas() -> None:
    """The signature ends a block; the next thought begins another."""
    state = ProviderState()
    for delta in (
        [{"type": "thinking", "thinking": "One ", "signature": None, "index": 0}],
        None,
        [{"type": "thinking", "thinking": "thought.", "signature": ""}],
        [{"type": "thinking", "thinking": "", "signature": "s1"}],
        [{"type": "redacted_thinking", "data": "xyz", "index": 1}],
        [{"type": "thinking", "thinking": "Another.", "signature": "s2"}],
    ):
        state.add({"thinking_blocks": delta})

    assert state.state() == {
        "thinking_blocks": [
            {"type": "thinking", "thinking": "One thought.", "signature": "s1"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "thinking", "thinking": "Another.", "signature": "s2"},
        ]
    }
    assert ProviderState().state() == {}
