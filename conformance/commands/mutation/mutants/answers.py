"""Mutants of the answer: its text, reasoning and finish reason."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, rewriting, rewritten, spoiled
from provider.response import LLMResponse


@mutant("tools/call")
def gives_none_for_an_empty_text(right: Backend) -> Backend:
    """The content of an answer is a string, empty if the answer only calls tools."""
    return spoiled(right, answers=lambda response: changed(response, content=response.content or None))


@mutant("invoke/white_space_at_the_ends_is_kept")
def strips_the_text(right: Backend) -> Backend:
    """White space at the ends of an answer belongs to it."""
    return spoiled(right, answers=lambda response: rewritten(response, str.strip), only="invoke")


@mutant("invoke/white_space_at_the_ends_is_kept")
def drops_a_leading_space(right: Backend) -> Backend:
    """The space that an answer begins with belongs to it."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: text.removeprefix(" ")),
        only="invoke",
    )


@mutant("invoke/white_space_at_the_ends_is_kept")
def drops_the_last_line_feed(right: Backend) -> Backend:
    """The line feed that an answer ends with belongs to it."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: text.removesuffix("\n")),
        only="invoke",
    )


@mutant("invoke/white_space_is_kept")
def collapses_white_space(right: Backend) -> Backend:
    """White space inside an answer is kept: code depends on it."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: re.sub(r"[ \t]+", " ", text)),
        only="invoke",
    )


@mutant("invoke/unicode_is_not_normalised")
def composes_code_points(right: Backend) -> Backend:
    """An answer keeps its code points: a decomposed character stays decomposed."""
    return rewriting(right, lambda text: unicodedata.normalize("NFC", text))


@mutant("invoke/says")
def decomposes_code_points(right: Backend) -> Backend:
    """An answer keeps its code points: a composed character stays composed."""
    return rewriting(right, lambda text: unicodedata.normalize("NFD", text))


@mutant("invoke/says")
def drops_emoji(right: Backend) -> Backend:
    """Characters beyond the basic plane are part of the text."""
    return rewriting(right, lambda text: "".join(each for each in text if ord(each) < 0x10000))


@mutant("invoke/says")
def splits_joined_emoji(right: Backend) -> Backend:
    """The invisible joiner that makes one emoji of two is part of the text."""
    return rewriting(right, lambda text: text.replace("\u200d", ""))


@mutant("invoke/says")
def replaces_non_ascii_in_the_text(right: Backend) -> Backend:
    """An answer keeps its characters outside ASCII."""
    return rewriting(right, lambda text: text.encode("ascii", "replace").decode("ascii"))


@mutant("invoke/says")
def unescapes_backslashes(right: Backend) -> Backend:
    """A backslash in an answer is a backslash."""
    return rewriting(right, lambda text: text.replace("\\", ""))


@mutant("invoke/says")
def removes_markup(right: Backend) -> Backend:
    """Markup in an answer is text, and stays there."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: re.sub(r"<\w+>", "", html.unescape(text))),
        only="invoke",
    )


@mutant("invoke/says")
def removes_code_fences(right: Backend) -> Backend:
    """The fence around code in an answer is part of the answer."""
    return rewriting(right, lambda text: text.replace("`", ""))


@mutant("invoke/line_separators")
def turns_line_separators_into_line_feeds(right: Backend) -> Backend:
    """U+2028, U+2029 and U+0085 are text, not the end of a line."""
    return rewriting(right, lambda text: "\n".join(re.split("[\u2028\u2029\u0085]", text)))


@mutant("stream/a_long_answer")
def cuts_long_answers(right: Backend) -> Backend:
    """A long answer is returned whole."""
    return spoiled(
        right, answers=lambda response: rewritten(response, lambda text: text[:150]), only="invoke"
    )


@mutant("malformed/a_repetitive_stream_is_an_answer")
def removes_repetition(right: Backend) -> Backend:
    """An answer may repeat itself."""
    return spoiled(
        right, tells=lambda deltas: (delta for delta, _ in groupby(deltas)), answers=_without_repetition
    )


def _without_repetition(response: LLMResponse) -> LLMResponse:
    return rewritten(response, lambda text: re.sub(r"(\w{4,})\1{20,}", r"\1", text))


@mutant("reasoning/thoughts_are_not_the_answer")
def mixes_reasoning_into_the_text(right: Backend) -> Backend:
    """Reasoning is not part of the answer."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: response.reasoning + text),
        only="invoke",
    )


@mutant("reasoning/thoughts_are_not_the_answer")
def drops_reasoning(right: Backend) -> Backend:
    """The reasoning of a model is returned."""
    return spoiled(right, answers=lambda response: changed(response, reasoning=""))


@mutant("reasoning/reasoning_text_and_calls_are_separated")
def drops_reasoning_beside_calls(right: Backend) -> Backend:
    """The reasoning beside a tool call is returned."""
    return spoiled(
        right,
        answers=lambda response: changed(response, reasoning="") if response.has_tool_calls else response,
    )


@mutant("reasoning/think_tags_inside_the_text_stay_text")
def takes_every_tag_for_reasoning(right: Backend) -> Backend:
    """Thinking tags in the middle of an answer are part of its text."""
    return spoiled(
        right,
        answers=lambda response: rewritten(response, lambda text: re.sub("<think>.*</think>", "", text)),
        only="invoke",
    )


@mutant("invoke/max_tokens")
def always_ends_with_stop(right: Backend) -> Backend:
    """An answer that was cut has the finish reason ``length``."""
    return spoiled(right, answers=lambda response: changed(response, finish_reason="stop"))


@mutant("invoke/text")
def gives_no_finish_reason(right: Backend) -> Backend:
    """An answer has a finish reason."""
    return spoiled(right, answers=lambda response: changed(response, finish_reason=None))


@mutant("invoke/text")
def keeps_a_foreign_finish_reason(right: Backend) -> Backend:
    """A finish reason is one of chat completions, whatever the provider calls it."""
    return spoiled(right, answers=lambda response: changed(response, finish_reason="end_turn"))


@mutant("invoke/max_tokens")
def drops_the_text_of_a_cut_answer(right: Backend) -> Backend:
    """An answer that was cut keeps its text."""
    return spoiled(
        right,
        answers=lambda response: (
            changed(response, content="") if response.finish_reason == "length" else response
        ),
        only="invoke",
    )
