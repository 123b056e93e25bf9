"""Mutants of the answer: its text, reasoning, finish reason and token counts."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import answer, text
from conformance.commands.mutation.wrapping import Backend, wrapped
from provider.response import LLMResponse

MUTANTS = [
    *killed_by(
        "invoke/text",
        gives_no_finish_reason=answer(lambda _: {"finish_reason": None}),
        keeps_a_foreign_finish_reason=answer(lambda _: {"finish_reason": "end_turn"}),
        counts_tokens_in_floats=answer(lambda each: {"prompt_tokens": float(each.prompt_tokens or 0)}),
    ),
    *killed_by(
        "invoke/white_space_at_the_ends_is_kept",
        strips_the_text=text(str.strip, only="invoke"),
        drops_a_leading_space=text(lambda content: content.removeprefix(" "), only="invoke"),
        drops_the_last_line_feed=text(lambda content: content.removesuffix("\n"), only="invoke"),
    ),
    *killed_by(
        "invoke/white_space_is_kept",
        collapses_white_space=text(lambda content: re.sub(r"[ \t]+", " ", content), only="invoke"),
    ),
    *killed_by(
        "invoke/unicode_is_not_normalised",
        composes_code_points=text(lambda content: unicodedata.normalize("NFC", content)),
    ),
    *killed_by(
        "invoke/says",
        decomposes_code_points=text(lambda content: unicodedata.normalize("NFD", content)),
        drops_emoji=text(lambda content: "".join(each for each in content if ord(each) < 0x10000)),
        splits_joined_emoji=text(lambda content: content.replace("\u200d", "")),
        replaces_non_ascii_in_the_text=text(
            lambda content: content.encode("ascii", "replace").decode("ascii")
        ),
        unescapes_backslashes=text(lambda content: content.replace("\\", "")),
        removes_markup=text(lambda content: re.sub(r"<\w+>", "", html.unescape(content)), only="invoke"),
        removes_code_fences=text(lambda content: content.replace("`", "")),
    ),
    *killed_by(
        "invoke/line_separators",
        turns_line_separators_into_line_feeds=text(
            lambda content: re.sub("[\u2028\u2029\u0085]", "\n", content)
        ),
    ),
    *killed_by("stream/a_long_answer", cuts_long_answers=text(lambda content: content[:150], only="invoke")),
    *killed_by(
        "invoke/max_tokens",
        always_ends_with_stop=answer(lambda _: {"finish_reason": "stop"}),
        drops_the_text_of_a_cut_answer=answer(
            lambda response: response.finish_reason == "length" and {"content": ""}, only="invoke"
        ),
    ),
    *killed_by(
        "tools/call", gives_none_for_an_empty_text=answer(lambda each: {"content": each.content or None})
    ),
    *killed_by(
        "reasoning/thoughts_are_not_the_answer",
        drops_reasoning=answer(lambda _: {"reasoning": ""}),
        mixes_reasoning_into_the_text=answer(
            lambda response: {"content": response.reasoning + response.content}, only="invoke"
        ),
    ),
    *killed_by(
        "wires/text_reasoning_and_calls_are_kept_apart",
        drops_reasoning_beside_calls=answer(lambda response: response.has_tool_calls and {"reasoning": ""}),
    ),
    *killed_by(
        "reasoning/think_tags_inside_the_text_stay_text",
        takes_every_tag_for_reasoning=text(
            lambda content: re.sub("<think>.*</think>", "", content), only="invoke"
        ),
    ),
    *killed_by(
        "usage/token_counts_are_the_providers",
        counts_no_tokens=answer(
            lambda _: {"prompt_tokens": 0, "cached_prompt_tokens": 0, "completion_tokens": 0}
        ),
        adds_cached_tokens_to_the_prompt=answer(
            lambda each: {"prompt_tokens": (each.prompt_tokens or 0) + (each.cached_prompt_tokens or 0)}
        ),
        leaves_cached_tokens_out_of_the_prompt=answer(
            lambda each: {"prompt_tokens": (each.prompt_tokens or 0) - (each.cached_prompt_tokens or 0)}
        ),
        swaps_prompt_and_completion_tokens=answer(
            lambda each: {"prompt_tokens": each.completion_tokens, "completion_tokens": each.prompt_tokens}
        ),
    ),
    *killed_by(
        "usage/cached_tokens_are_among_the_prompt_tokens",
        hides_cached_tokens=answer(lambda _: {"cached_prompt_tokens": 0}),
    ),
    *killed_by(
        "usage/missing_token_counts_are_none",
        estimates_tokens=answer(
            lambda each: {"completion_tokens": each.completion_tokens or len(each.content) // 4}
        ),
        takes_unknown_tokens_for_none_spent=answer(
            lambda each: {"completion_tokens": each.completion_tokens or 0}
        ),
    ),
    *killed_by(
        "usage/missing_token_counts_of_a_whole_answer_are_none",
        estimates_tokens_of_whole_answers=answer(
            lambda each: {"prompt_tokens": each.prompt_tokens or len(each.content)}, only="invoke"
        ),
    ),
]
"""Those of one expression."""


@mutant("malformed/a_repetitive_stream_is_an_answer")
def removes_repetition(right: Backend) -> Backend:
    """An answer may repeat itself."""

    def once(response: LLMResponse) -> None:
        response.content = re.sub(r"(\w{4,})\1{20,}", r"\1", response.content)

    return wrapped(right, deltas=lambda deltas: (delta for delta, _ in groupby(deltas)), answer=once)
