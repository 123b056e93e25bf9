"""Mutants of the token counts of an answer."""

from __future__ import annotations

from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, overriding, restreamed, spoiled
from provider.response import LLMResponse


@mutant("usage/token_counts_are_the_providers")
def counts_no_tokens(right: Backend) -> Backend:
    """The token counts of the provider reach the caller."""
    return spoiled(
        right,
        answers=lambda response: changed(
            response, prompt_tokens=0, cached_prompt_tokens=0, completion_tokens=0
        ),
    )


@mutant("usage/token_counts_are_the_providers")
def adds_cached_tokens_to_the_prompt(right: Backend) -> Backend:
    """The prompt tokens include cached tokens once."""
    return spoiled(right, answers=lambda response: _with_cached(response, 1))


@mutant("usage/token_counts_are_the_providers")
def leaves_cached_tokens_out_of_the_prompt(right: Backend) -> Backend:
    """The prompt tokens include the cached ones."""
    return spoiled(right, answers=lambda response: _with_cached(response, -1))


def _with_cached(response: LLMResponse, sign: int) -> LLMResponse:
    tokens = response.prompt_tokens + sign * response.cached_prompt_tokens
    return changed(response, prompt_tokens=tokens)


@mutant("usage/cached_tokens_are_among_the_prompt_tokens")
def hides_cached_tokens(right: Backend) -> Backend:
    """The number of cached tokens reaches the caller."""
    return spoiled(right, answers=lambda response: changed(response, cached_prompt_tokens=0))


@mutant("usage/token_counts_are_the_providers")
def swaps_prompt_and_completion_tokens(right: Backend) -> Backend:
    """Prompt tokens and completion tokens are not mixed up."""
    return spoiled(
        right,
        answers=lambda response: changed(
            response, prompt_tokens=response.completion_tokens, completion_tokens=response.prompt_tokens
        ),
    )


@mutant("usage/missing_token_counts_are_zero")
def estimates_tokens(right: Backend) -> Backend:
    """Unknown token counts are 0: an estimate would look real."""
    return spoiled(
        right,
        answers=lambda response: changed(
            response, completion_tokens=response.completion_tokens or len(response.content) // 4
        ),
    )


@mutant("invoke/text")
def counts_tokens_in_floats(right: Backend) -> Backend:
    """Token counts are integers."""
    return spoiled(
        right, answers=lambda response: changed(response, prompt_tokens=float(response.prompt_tokens))
    )


@mutant("usage/token_counts_are_the_providers")
def adds_up_the_tokens_of_all_answers(right: Backend) -> Backend:
    """The tokens of an answer are its own, not those of all answers so far."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        return _added(self, right.invoke(self, messages, attachments, **options))

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> Any:
        inner = right.stream(self, messages, attachments, **options)
        return restreamed(inner, response=lambda response: _added(self, response))

    return overriding(right, invoke=invoke, stream=stream)


def _added(llm: Any, response: LLMResponse) -> LLMResponse:
    llm.spent = getattr(llm, "spent", 0) + response.completion_tokens
    return changed(response, completion_tokens=llm.spent)


@mutant("usage/the_latest_prompt_is_remembered")
def forgets_the_latest_prompt(right: Backend) -> Backend:
    """A backend remembers the tokens of the latest prompt."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        self.last_prompt_tokens = 0
        return response

    return overriding(right, invoke=invoke)


@mutant("usage/the_latest_prompt_is_remembered")
def remembers_the_first_prompt(right: Backend) -> Backend:
    """A stream updates the remembered prompt tokens too."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        self.first_prompt_tokens = self.last_prompt_tokens
        return response

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> Any:
        def kept(response: LLMResponse) -> LLMResponse:
            self.last_prompt_tokens = getattr(self, "first_prompt_tokens", self.last_prompt_tokens)
            return response

        return restreamed(right.stream(self, messages, attachments, **options), response=kept)

    return overriding(right, invoke=invoke, stream=stream)
