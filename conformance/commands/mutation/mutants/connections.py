"""Mutants of the connection of a stream that is not read to its end."""

from __future__ import annotations

from collections.abc import Generator

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import LEFT_OPEN, restreamed, streaming
from provider.response import LLMResponse, LLMStream


class _LeftOpen(LLMStream):
    """A stream that stays open whatever happens to it."""

    def __init__(self, inner: LLMStream) -> None:
        LEFT_OPEN.append(inner.close)
        super().__init__(lambda: self._read(inner))

    def _read(self, inner: LLMStream) -> Generator[str, None, LLMResponse]:
        for delta in inner:  # noqa: UP028  # ``yield from`` would close it
            yield delta
        return inner.response


@mutant("stream/an_abandoned_stream_frees_the_connection")
def leaks_when_dropped(right: Backend) -> Backend:
    """A stream that is dropped frees its connection."""

    class Leaking(_LeftOpen):
        """One that can still be closed."""

        def __init__(self, inner: LLMStream) -> None:
            super().__init__(inner)
            self._inner = inner

        def close(self) -> None:
            """Close the right stream too."""
            super().close()
            self._inner.close()

    return streaming(right, Leaking)


@mutant("stream/closing_a_stream_frees_the_connection")
def leaks_when_closed(right: Backend) -> Backend:
    """A stream that is closed frees its connection."""
    return streaming(right, _LeftOpen)


@mutant("stream/the_end_of_a_with_block_frees_the_connection")
def leaks_at_the_end_of_a_block(right: Backend) -> Backend:
    """A stream frees its connection at the end of its ``with`` block."""

    class Leaking(LLMStream):
        """One that only close() closes."""

        def __init__(self, inner: LLMStream) -> None:
            super().__init__(lambda: restreamed(inner)._deltas)
            LEFT_OPEN.append(self.close)

        def __exit__(self, *_: object) -> None:
            """Do nothing."""

    return streaming(right, Leaking)
