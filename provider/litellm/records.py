"""Spares a call of ours litellm's record of it, where nobody would get the record.

litellm writes down every call for its callbacks, with the price and, of a failure, the traceback, whether
there is a callback or not: half of what a refused request costs, and a thread with an event loop a chunk.
"""

from __future__ import annotations

import os
import traceback
from typing import Any

import litellm
import litellm.utils
from litellm.litellm_core_utils import cached_imports
from litellm.litellm_core_utils.litellm_logging import Logging
from typing_extensions import override

from provider.litellm.exchange import current_exchange, not_capturing


class Record(Logging):  # type: ignore[misc]  # litellm is not followed
    """litellm's record of a call, which is not made for a call of ours that no callback hears of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        exchange = current_exchange()
        self._is_of_our_call = exchange is not None
        if exchange is not None:
            exchange.record = self

    @property
    def is_spared(self) -> bool:
        """Whether nobody would get it; callbacks may be registered at any time."""
        lists = (
            litellm.callbacks,
            litellm.success_callback,
            litellm.failure_callback,
            litellm._async_success_callback,
            litellm._async_failure_callback,
            self.dynamic_success_callbacks,
            self.dynamic_failure_callbacks,
            self.dynamic_async_success_callbacks,
            self.dynamic_async_failure_callbacks,
        )
        # A cache of litellm lists this name, also the unused one that its code for Gemini makes when it is
        # imported. Nobody hears of a call by it: answers are stored apart from the record.
        is_heard = any(each != "cache" for callbacks in lists for each in callbacks or ())
        is_printed = os.environ.get("LITELLM_PRINT_STANDARD_LOGGING_PAYLOAD")
        return self._is_of_our_call and not (is_heard or is_printed)

    @override
    def claim_async_success_log(self) -> bool:
        return not self.is_spared and bool(super().claim_async_success_log())

    @override
    def success_handler(self, *args: Any, **kwargs: Any) -> Any:
        with not_capturing():
            return super().success_handler(*args, **kwargs)

    @override
    def failure_handler(self, *args: Any, **kwargs: Any) -> Any:
        with not_capturing():
            return super().failure_handler(*args, **kwargs)

    @override
    async def async_success_handler(self, *args: Any, **kwargs: Any) -> Any:
        with not_capturing():
            return await super().async_success_handler(*args, **kwargs)

    @override
    async def async_failure_handler(self, *args: Any, **kwargs: Any) -> Any:
        with not_capturing():
            return await super().async_failure_handler(*args, **kwargs)

    @override
    def should_run_logging(self, *args: Any, **kwargs: Any) -> bool:
        return not self.is_spared and bool(super().should_run_logging(*args, **kwargs))

    @override
    def response_cost_calculator(self, *args: Any, **kwargs: Any) -> float | None:
        return None if self.is_spared else super().response_cost_calculator(*args, **kwargs)


class _Tracebacks:
    """The module ``traceback``, which writes none for a record that is not made."""

    def format_exc(self, *args: Any, **kwargs: Any) -> str:
        exchange = current_exchange()
        is_spared = exchange is not None and exchange.record is not None and exchange.record.is_spared
        return "" if is_spared else traceback.format_exc(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)


def spare_unheard_records() -> None:
    """Let litellm record calls by ``Record``, once; the application's own are recorded as before."""
    cached_imports._LiteLLMLogging = Record
    # A fifth of what a refused request costs: Python counts the instructions of litellm's longest functions.
    litellm.utils.traceback = _Tracebacks()


def spare_records_of_chunks(wrapper: Any) -> None:
    """Let a stream of litellm's start no thread and no event loop for each chunk, only to record nothing."""
    record = getattr(wrapper, "logging_obj", None)
    if isinstance(record, Record) and record.is_spared:
        wrapper.run_success_logging_and_cache_storage = _nothing
        wrapper._dispatch_stream_failure = _nothing
        record._on_deferred_stream_complete = _nothing  # of litellm's proxy: no handler then gets a task


def _nothing(*_: Any, **__: Any) -> None: ...
