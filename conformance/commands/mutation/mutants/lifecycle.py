"""Mutants of loading and unloading, and of state shared by calls, instances or threads."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import method
from conformance.commands.mutation.wrapping import LEFT_OPEN, Backend, restreamed, subclass
from provider.response import LLMResponse, LLMStream

MUTANTS = [
    *killed_by(
        "lifecycle/loaded_agrees_with_load",
        loads_without_saying_so=method(lambda _, load: not load(), name="load"),
    ),
    *killed_by(
        "lifecycle/a_second_load_does_nothing",
        refuses_to_load_twice=method(lambda llm, load: not llm.loaded and load(), name="load"),
    ),
    *killed_by(
        "lifecycle/use_of_an_unloaded_backend_is_not_loaded",
        answers_after_unload=method(lambda _, unload: LEFT_OPEN.append(unload), name="unload"),
    ),
    *killed_by(
        "lifecycle/a_backend_is_a_context_manager",
        stays_loaded_after_its_block=method(lambda *_: None, name="__exit__"),
    ),
    *killed_by(
        "lifecycle/an_unknown_capability_counts_as_missing",
        claims_unknown_capabilities=method(
            lambda llm, _, modality: llm.capabilities.get(modality) is not False, name="has_capability"
        ),
    ),
]
"""Those of one expression."""


@mutant("lifecycle/a_backend_can_be_loaded_again", method, name="load")
def loads_only_once(llm: Any, load: Callable[[], bool]) -> bool:
    """A backend can be loaded again after unload()."""
    if hasattr(llm, "was_loaded"):
        return True
    llm.was_loaded = True
    return load()


@mutant("lifecycle/use_of_an_unloaded_backend_is_not_loaded", method, name="invoke")
def raises_before_load(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """Use before load() is a named error in the response, not an exception."""
    if not llm.loaded:
        raise AttributeError("'NoneType' object has no attribute 'chat'")
    return invoke(*question, **options)


@mutant("lifecycle/use_of_an_unloaded_backend_is_not_loaded", method, name="invoke")
def loads_when_asked(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """Nothing is sent before load()."""
    llm.load()
    return invoke(*question, **options)


@mutant("lifecycle/a_stream_begun_after_unload_sends_nothing", method, name="stream")
def loads_for_a_stream_after_unload(llm: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """A stream that is first read after unload() sends nothing."""

    def deltas(arriving: Iterator[str]) -> Iterator[str]:
        llm.load()
        yield from arriving

    return restreamed(stream(*question, **options), deltas)


@mutant("lifecycle/unload_closes_every_connection", method, name="unload")
def leaves_sockets_open(llm: Any, unload: Callable[[], None]) -> None:
    """unload() closes every socket."""
    llm.loaded = False
    LEFT_OPEN.append(unload)


@mutant("lifecycle/a_second_unload_does_nothing", method, name="unload")
def stays_loaded(llm: Any, unload: Callable[[], None]) -> None:
    """A backend is not ``loaded`` after unload()."""
    was = llm.loaded
    unload()
    llm.loaded = was


@mutant("lifecycle/a_second_unload_does_nothing", method, name="unload")
def raises_on_the_second_unload(llm: Any, unload: Callable[[], None]) -> None:
    """unload() is idempotent."""
    if not llm.loaded and hasattr(llm, "was_unloaded"):
        raise RuntimeError("there is nothing to unload")
    llm.was_unloaded = True
    unload()


@mutant("lifecycle/a_second_unload_does_nothing")
def raises_on_unload_before_load(right: Backend) -> Backend:
    """unload() before any load() does nothing."""

    def load(self: Any) -> Any:
        self.client = True
        return right.load(self)

    def unload(self: Any) -> None:
        _ = self.client
        right.unload(self)

    return subclass(right, load=load, unload=unload)


@mutant("lifecycle/unload_does_not_affect_another_instance")
def unloads_every_instance(right: Backend) -> Backend:
    """Unloading one instance does not affect another."""
    living: weakref.WeakSet[Any] = weakref.WeakSet()

    def load(self: Any) -> Any:
        living.add(self)
        return right.load(self)

    def unload(self: Any) -> None:
        for each in [self, *living]:
            right.unload(each)

    return subclass(right, load=load, unload=unload)


@mutant("lifecycle/unload_during_a_stream_ends_it", method, name="stream")
def takes_a_stream_cut_by_unload_for_whole(
    llm: Any, stream: Any, *question: Any, **options: Any
) -> LLMStream:
    """A stream that unload() cuts is a failure."""

    def response(whole: LLMResponse) -> LLMResponse:
        if whole.content and not llm.loaded:
            whole.error = whole.error_code = whole.error_kind = None
        return whole

    return restreamed(stream(*question, **options), response=response)


@mutant("lifecycle/a_backend_is_a_context_manager", method, name="__exit__")
def swallows_exceptions_of_its_block(_: Any, leave: Any, *raised: Any) -> bool:
    """An exception in the ``with`` block reaches the caller."""
    leave(*raised)
    return True


@mutant("lifecycle/loaded_agrees_with_load", method, name="load")
def loses_its_model_name(llm: Any, load: Callable[[], bool]) -> bool:
    """A backend keeps its model name."""
    loaded = load()
    name, llm.model_name = llm.model_name, ""
    return loaded and bool(name)


@mutant("concurrency/concurrent_calls_get_their_own_answers", method, name="stream")
def shares_one_buffer(llm: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """Calls of several threads share nothing."""

    def deltas(arriving: Iterator[str]) -> Iterator[str]:
        llm.buffer = []
        for delta in arriving:
            llm.buffer.append(delta)
            yield delta

    def response(whole: LLMResponse) -> LLMResponse:
        whole.content = "".join(llm.buffer)
        return whole

    return restreamed(stream(*question, **options), deltas, response)


@mutant("stream/interleaved_streams_are_independent", method, name="stream")
def reads_one_stream_at_a_time(llm: Any, stream: Any, *question: Any, **options: Any) -> LLMStream:
    """Two streams of one backend can be read alternately."""
    if hasattr(llm, "reading"):
        llm.reading.close()
    llm.reading = stream(*question, **options)
    return restreamed(llm.reading)


@mutant("usage/token_counts_are_the_providers")
def adds_up_the_tokens_of_all_answers(right: Backend) -> Backend:
    """The tokens of an answer are its own, not those of all answers so far."""

    def added(llm: Any, response: LLMResponse) -> LLMResponse:
        llm.spent = getattr(llm, "spent", 0) + (response.completion_tokens or 0)
        response.completion_tokens = llm.spent
        return response

    def invoke(self: Any, *question: Any, **options: Any) -> LLMResponse:
        return added(self, right.invoke(self, *question, **options))

    def stream(self: Any, *question: Any, **options: Any) -> LLMStream:
        inner = right.stream(self, *question, **options)
        return restreamed(inner, response=lambda response: added(self, response))

    return subclass(right, invoke=invoke, stream=stream)


@mutant("usage/the_latest_prompt_is_remembered", method, name="invoke")
def forgets_the_latest_prompt(llm: Any, invoke: Any, *question: Any, **options: Any) -> LLMResponse:
    """A backend remembers the tokens of the latest prompt."""
    response: LLMResponse = invoke(*question, **options)
    llm.last_prompt_tokens = 0
    return response


@mutant("usage/the_latest_prompt_is_remembered")
def remembers_the_first_prompt(right: Backend) -> Backend:
    """A stream updates the remembered prompt tokens too."""

    def invoke(self: Any, *question: Any, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, *question, **options)
        self.first_prompt_tokens = self.last_prompt_tokens
        return response

    def stream(self: Any, *question: Any, **options: Any) -> LLMStream:
        def kept(response: LLMResponse) -> LLMResponse:
            self.last_prompt_tokens = getattr(self, "first_prompt_tokens", self.last_prompt_tokens)
            return response

        return restreamed(right.stream(self, *question, **options), response=kept)

    return subclass(right, invoke=invoke, stream=stream)
