"""Mutants of the answer: its text, reasoning, finish reason and token counts."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby
from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import answer, text
from conformance.commands.mutation.wrapping import Backend, wrapped
from provider.response import LLMResponse


@mutant("tools/call", answer)
def gives_none_for_an_empty_text(response: Any) -> None:
    """The content of an answer is a string, empty if the answer only calls tools."""
    response.content = response.content or None


@mutant("invoke/white_space_at_the_ends_is_kept", text, only="invoke")
def strips_the_text(content: str) -> str:
    """White space at the ends of an answer belongs to it."""
    return content.strip()


@mutant("invoke/white_space_at_the_ends_is_kept", text, only="invoke")
def drops_a_leading_space(content: str) -> str:
    """The space that an answer begins with belongs to it."""
    return content.removeprefix(" ")


@mutant("invoke/white_space_at_the_ends_is_kept", text, only="invoke")
def drops_the_last_line_feed(content: str) -> str:
    """The line feed that an answer ends with belongs to it."""
    return content.removesuffix("\n")


@mutant("invoke/white_space_is_kept", text, only="invoke")
def collapses_white_space(content: str) -> str:
    """White space inside an answer is kept: code depends on it."""
    return re.sub(r"[ \t]+", " ", content)


@mutant("invoke/unicode_is_not_normalised", text)
def composes_code_points(content: str) -> str:
    """An answer keeps its code points: a decomposed character stays decomposed."""
    return unicodedata.normalize("NFC", content)


@mutant("invoke/says", text)
def decomposes_code_points(content: str) -> str:
    """An answer keeps its code points: a composed character stays composed."""
    return unicodedata.normalize("NFD", content)


@mutant("invoke/says", text)
def drops_emoji(content: str) -> str:
    """Characters beyond the basic plane are part of the text."""
    return "".join(each for each in content if ord(each) < 0x10000)


@mutant("invoke/says", text)
def splits_joined_emoji(content: str) -> str:
    """The invisible joiner that makes one emoji of two is part of the text."""
    return content.replace("\u200d", "")


@mutant("invoke/says", text)
def replaces_non_ascii_in_the_text(content: str) -> str:
    """An answer keeps its characters outside ASCII."""
    return content.encode("ascii", "replace").decode("ascii")


@mutant("invoke/says", text)
def unescapes_backslashes(content: str) -> str:
    """A backslash in an answer is a backslash."""
    return content.replace("\\", "")


@mutant("invoke/says", text, only="invoke")
def removes_markup(content: str) -> str:
    """Markup in an answer is text, and stays there."""
    return re.sub(r"<\w+>", "", html.unescape(content))


@mutant("invoke/says", text)
def removes_code_fences(content: str) -> str:
    """The fence around code in an answer is part of the answer."""
    return content.replace("`", "")


@mutant("invoke/line_separators", text)
def turns_line_separators_into_line_feeds(content: str) -> str:
    """U+2028, U+2029 and U+0085 are text, not the end of a line."""
    return "\n".join(re.split("[\u2028\u2029\u0085]", content))


@mutant("stream/a_long_answer", text, only="invoke")
def cuts_long_answers(content: str) -> str:
    """A long answer is returned whole."""
    return content[:150]


@mutant("malformed/a_repetitive_stream_is_an_answer")
def removes_repetition(right: Backend) -> Backend:
    """An answer may repeat itself."""

    def once(response: LLMResponse) -> None:
        response.content = re.sub(r"(\w{4,})\1{20,}", r"\1", response.content)

    return wrapped(right, deltas=lambda deltas: (delta for delta, _ in groupby(deltas)), answer=once)


@mutant("reasoning/thoughts_are_not_the_answer", answer, only="invoke")
def mixes_reasoning_into_the_text(response: LLMResponse) -> None:
    """Reasoning is not part of the answer."""
    response.content = response.reasoning + response.content


@mutant("reasoning/thoughts_are_not_the_answer", answer)
def drops_reasoning(response: LLMResponse) -> None:
    """The reasoning of a model is returned."""
    response.reasoning = ""


@mutant("wires/text_reasoning_and_calls_are_kept_apart", answer)
def drops_reasoning_beside_calls(response: LLMResponse) -> None:
    """The reasoning beside a tool call is returned."""
    if response.has_tool_calls:
        response.reasoning = ""


@mutant("reasoning/think_tags_inside_the_text_stay_text", text, only="invoke")
def takes_every_tag_for_reasoning(content: str) -> str:
    """Thinking tags in the middle of an answer are part of its text."""
    return re.sub("<think>.*</think>", "", content)


@mutant("invoke/max_tokens", answer)
def always_ends_with_stop(response: LLMResponse) -> None:
    """An answer that was cut has the finish reason ``length``."""
    response.finish_reason = "stop"


@mutant("invoke/text", answer)
def gives_no_finish_reason(response: LLMResponse) -> None:
    """An answer has a finish reason."""
    response.finish_reason = None


@mutant("invoke/text", answer)
def keeps_a_foreign_finish_reason(response: LLMResponse) -> None:
    """A finish reason is one of chat completions, whatever the provider calls it."""
    response.finish_reason = "end_turn"


@mutant("invoke/max_tokens", answer, only="invoke")
def drops_the_text_of_a_cut_answer(response: LLMResponse) -> None:
    """An answer that was cut keeps its text."""
    if response.finish_reason == "length":
        response.content = ""


@mutant("usage/token_counts_are_the_providers", answer)
def counts_no_tokens(response: LLMResponse) -> None:
    """The token counts of the provider reach the caller."""
    response.prompt_tokens = response.cached_prompt_tokens = response.completion_tokens = 0


@mutant("usage/token_counts_are_the_providers", answer)
def adds_cached_tokens_to_the_prompt(response: LLMResponse) -> None:
    """The prompt tokens include cached tokens once."""
    response.prompt_tokens += response.cached_prompt_tokens


@mutant("usage/token_counts_are_the_providers", answer)
def leaves_cached_tokens_out_of_the_prompt(response: LLMResponse) -> None:
    """The prompt tokens include the cached ones."""
    response.prompt_tokens -= response.cached_prompt_tokens


@mutant("usage/cached_tokens_are_among_the_prompt_tokens", answer)
def hides_cached_tokens(response: LLMResponse) -> None:
    """The number of cached tokens reaches the caller."""
    response.cached_prompt_tokens = 0


@mutant("usage/token_counts_are_the_providers", answer)
def swaps_prompt_and_completion_tokens(response: LLMResponse) -> None:
    """Prompt tokens and completion tokens are not mixed up."""
    response.prompt_tokens, response.completion_tokens = response.completion_tokens, response.prompt_tokens


@mutant("usage/missing_token_counts_are_zero", answer)
def estimates_tokens(response: LLMResponse) -> None:
    """Unknown token counts are 0: an estimate would look real."""
    response.completion_tokens = response.completion_tokens or len(response.content) // 4


@mutant("invoke/text", answer)
def counts_tokens_in_floats(response: Any) -> None:
    """Token counts are integers."""
    response.prompt_tokens = float(response.prompt_tokens)
