"""Mutants of loading and unloading, and of state shared by instances or threads."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import LEFT_OPEN, changed, overriding, restreamed
from provider.response import LLMResponse, LLMStream


@mutant("lifecycle/loaded_agrees_with_load")
def loads_without_saying_so(right: Backend) -> Backend:
    """load() returns True when it has loaded."""

    def load(self: Any) -> None:
        right.load(self)

    return overriding(right, load=load)


@mutant("lifecycle/a_second_load_does_nothing")
def refuses_to_load_twice(right: Backend) -> Backend:
    """load() is idempotent."""

    def load(self: Any) -> bool:
        return not self.loaded and right.load(self)

    return overriding(right, load=load)


@mutant("lifecycle/a_backend_can_be_loaded_again")
def loads_only_once(right: Backend) -> Backend:
    """A backend can be loaded again after unload()."""

    def load(self: Any) -> bool:
        if hasattr(self, "was_loaded"):
            return True
        self.was_loaded = True
        loaded: bool = right.load(self)
        return loaded

    return overriding(right, load=load)


@mutant("lifecycle/use_before_load_is_not_loaded")
def raises_before_load(right: Backend) -> Backend:
    """Use before load() is a named error in the response, not an exception."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        if not self.loaded:
            raise AttributeError("'NoneType' object has no attribute 'chat'")
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)


@mutant("lifecycle/use_before_load_is_not_loaded")
def loads_when_asked(right: Backend) -> Backend:
    """Nothing is sent before load()."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        right.load(self)
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)


@mutant("lifecycle/a_stream_begun_after_unload_sends_nothing")
def loads_for_a_stream_after_unload(right: Backend) -> Backend:
    """A stream that is first read after unload() sends nothing."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        def tells(deltas: Iterator[str]) -> Iterator[str]:
            right.load(self)
            yield from deltas

        return restreamed(right.stream(self, messages, attachments, **options), tells)

    return overriding(right, stream=stream)


@mutant("lifecycle/use_after_unload_is_not_loaded")
def answers_after_unload(right: Backend) -> Backend:
    """Use after unload() is a named error."""

    def unload(self: Any) -> None:
        LEFT_OPEN.append(lambda: right.unload(self))

    return overriding(right, unload=unload)


@mutant("lifecycle/unload_closes_every_connection")
def leaves_sockets_open(right: Backend) -> Backend:
    """unload() closes every socket."""

    def unload(self: Any) -> None:
        self.loaded = False
        LEFT_OPEN.append(lambda: right.unload(self))

    return overriding(right, unload=unload)


@mutant("lifecycle/a_second_unload_does_nothing")
def stays_loaded(right: Backend) -> Backend:
    """A backend is not ``loaded`` after unload()."""

    def unload(self: Any) -> None:
        was = self.loaded
        right.unload(self)
        self.loaded = was

    return overriding(right, unload=unload)


@mutant("lifecycle/a_second_unload_does_nothing")
def raises_on_the_second_unload(right: Backend) -> Backend:
    """unload() is idempotent."""

    def unload(self: Any) -> None:
        if not self.loaded and hasattr(self, "was_unloaded"):
            raise RuntimeError("there is nothing to unload")
        self.was_unloaded = True
        right.unload(self)

    return overriding(right, unload=unload)


@mutant("lifecycle/a_second_unload_does_nothing")
def raises_on_unload_before_load(right: Backend) -> Backend:
    """unload() before any load() does nothing."""

    def load(self: Any) -> bool:
        self.client = True
        loaded: bool = right.load(self)
        return loaded

    def unload(self: Any) -> None:
        _ = self.client
        right.unload(self)

    return overriding(right, load=load, unload=unload)


@mutant("lifecycle/unload_does_not_affect_another_instance")
def unloads_every_instance(right: Backend) -> Backend:
    """Unloading one instance does not affect another."""
    living: weakref.WeakSet[Any] = weakref.WeakSet()

    def load(self: Any) -> bool:
        living.add(self)
        loaded: bool = right.load(self)
        return loaded

    def unload(self: Any) -> None:
        for each in [self, *living]:
            right.unload(each)

    return overriding(right, load=load, unload=unload)


@mutant("lifecycle/unload_during_a_stream_ends_it")
def takes_a_stream_cut_by_unload_for_whole(right: Backend) -> Backend:
    """A stream that unload() cuts is a failure."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        def response(whole: LLMResponse) -> LLMResponse:
            if whole.content and not self.loaded:
                return changed(whole, error=None, error_code=None, error_kind=None)
            return whole

        return restreamed(right.stream(self, messages, attachments, **options), response=response)

    return overriding(right, stream=stream)


@mutant("lifecycle/a_backend_is_a_context_manager")
def stays_loaded_after_its_block(right: Backend) -> Backend:
    """The end of a ``with`` block unloads."""
    return overriding(right, __exit__=lambda *_: None)


@mutant("lifecycle/a_backend_is_a_context_manager")
def swallows_exceptions_of_its_block(right: Backend) -> Backend:
    """An exception in the ``with`` block reaches the caller."""

    def __exit__(self: Any, *raised: Any) -> bool:
        right.__exit__(self, *raised)
        return True

    return overriding(right, __exit__=__exit__)


@mutant("lifecycle/loaded_agrees_with_load")
def loses_its_model_name(right: Backend) -> Backend:
    """A backend keeps its model name."""

    def load(self: Any) -> bool:
        loaded: bool = right.load(self)
        name, self.model_name = self.model_name, ""
        return loaded and bool(name)

    return overriding(right, load=load)


@mutant("lifecycle/an_unknown_capability_counts_as_missing")
def claims_unknown_capabilities(right: Backend) -> Backend:
    """A capability that is unknown counts as missing."""

    def has_capability(self: Any, modality: str) -> bool:
        return self.capabilities.get(modality) is not False

    return overriding(right, has_capability=has_capability)


@mutant("concurrency/concurrent_calls_get_their_own_answers")
def shares_one_buffer(right: Backend) -> Backend:
    """Calls of several threads share nothing."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        def tells(deltas: Iterator[str]) -> Iterator[str]:
            self.buffer = []
            for delta in deltas:
                self.buffer.append(delta)
                yield delta

        def response(whole: LLMResponse) -> LLMResponse:
            return changed(whole, content="".join(self.buffer))

        return restreamed(right.stream(self, messages, attachments, **options), tells, response)

    return overriding(right, stream=stream)


@mutant("stream/interleaved_streams_are_independent")
def reads_one_stream_at_a_time(right: Backend) -> Backend:
    """Two streams of one backend can be read alternately."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        if hasattr(self, "reading"):
            self.reading.close()
        self.reading = right.stream(self, messages, attachments, **options)
        return restreamed(self.reading)

    return overriding(right, stream=stream)
