"""The retry policy of all backends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from provider.errors import LLMProviderError

T = TypeVar("T")

FIRST_WAIT = 0.5
"""Seconds, at most, before the second try; doubled for each further one, with jitter."""

LEAST_WAIT = 0.05
"""Seconds, at least, before each further try, where the server asks for no other wait."""

LONGEST_WAIT = 30.0
"""Seconds; where the server asks for more, its answer is returned to the caller instead."""

LONGEST_TOTAL = 120.0
"""Seconds after the first try, past which no further one begins."""


async def with_retries(
    send: Callable[[], Awaitable[T]],
    sleep: Callable[[float], Awaitable[None]],
    max_retries: int,
    longest_total: float | None = None,
) -> T:
    """Call ``send``, and up to ``max_retries`` times more after a retryable failure.

    The server's Retry-After is obeyed up to ``LONGEST_WAIT``; one of 0 asks for no certain wait.

    Args:
        send: tries once.
        sleep: waits before the next try.
        max_retries: how many further tries may be made.
        longest_total: seconds after the first try, past which no further one begins.

    Raises:
        LLMProviderError: the failure of the last try.
    """
    if max_retries <= 0:
        return await send()
    import tenacity

    total = min(LONGEST_TOTAL, longest_total or LONGEST_TOTAL)
    backoff = tenacity.wait_random_exponential(multiplier=FIRST_WAIT, min=LEAST_WAIT, max=LONGEST_WAIT)

    def wait(state: tenacity.RetryCallState) -> float:
        failure = state.outcome and state.outcome.exception()
        asked: float | None = getattr(failure, "retry_after", None)
        return asked or backoff(state)

    return await tenacity.AsyncRetrying(
        sleep=sleep,
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(max_retries + 1),
            tenacity.stop_before_delay(total),
        ),
        retry=tenacity.retry_if_exception(_is_worth_another_try),
        wait=wait,
        reraise=True,
    )(send)


def _is_worth_another_try(error: BaseException) -> bool:
    return (
        isinstance(error, LLMProviderError)
        and error.retryable
        and (error.retry_after is None or error.retry_after <= LONGEST_WAIT)
    )
