"""The chunks of other wires: converted from their events, or made by litellm, with the real end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import override

from provider.chat.choices import choice_zero
from provider.chat.content import calls_of, text_of
from provider.chat.decoding import TRANSLATED, UNHEARD, raise_in_band_error
from provider.chat.made_chunks import MadeChunks
from provider.chat.objects import fields_of
from provider.chat.streams import Events
from provider.errors import interrupted, malformed, refused
from provider.failures.classify import classify
from provider.json_values import mapping, mappings
from provider.litellm.counts import told_counts
from provider.litellm.exchange import CapturedExchange, without_lookups
from provider.litellm.failures import failure_of, unreadable


class ConvertedChunks(MadeChunks):
    """The chunks of a stream whose events have another form; mostly it ends by its finish reason.

    Args:
        events: the events.
        convert: makes the chunks of an event.
    """

    def __init__(
        self,
        events: Events,
        convert: Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]],
    ) -> None:
        super().__init__(events)
        self._convert = convert

    @override
    def made_of(self, item: Any) -> Iterable[dict[str, Any]]:
        """The chunks of an event.

        Raises:
            LLMProviderError: it is an error, or something unreadable.
        """
        raise_in_band_error(item)
        if not isinstance(item, Mapping):
            raise malformed("an event of the stream is not an object", item)
        return self._convert(item)


class LiteLLMChunks(MadeChunks):
    """The chunks that litellm makes of a stream that only it can decode.

    Texts, calls and thoughts are litellm's. The finish reason and the token
    counts are those of the captured exchange: litellm invents them where none
    came, and misreads some.
    """

    def __init__(self, wrapper: Any, exchange: CapturedExchange) -> None:
        from provider.litellm.records import spare_records_of_chunks

        allow_repetition(wrapper)
        spare_records_of_chunks(wrapper)
        super().__init__(wrapper)
        self._awaited: AsyncIterator[Any] | None = None
        self._exchange = exchange
        self._is_empty = True
        self._calls_tools = False
        self._text = ""
        self._calls: list[Mapping[str, Any]] = []

    @property
    @override
    def terminated(self) -> bool:
        """Whether what was received shows that the answer is complete."""
        body = self._exchange.body
        return body.ending.is_complete or not body.is_stream

    @override
    def each(self) -> Iterator[Any]:
        return _without_lookups(self._items)

    @override
    async def awaited(self) -> Any:
        self._awaited = self._awaited or aiter(self._items)
        with without_lookups():
            return await anext(self._awaited)

    @override
    def made_of(self, item: Any) -> Iterator[Any]:
        exchange, fields = self._exchange, fields_of(item)
        self._is_empty = self._is_empty and not _has_content(fields)
        if not (self._is_empty and exchange.body.is_document):
            made = self._without_end(fields) if exchange.body.is_stream else self._counted(fields)
            yield {**made, TRANSLATED: not exchange.is_chat_completion}

    @override
    def ended(self, failure: Exception | None) -> Iterator[Any]:
        exchange = self._exchange
        if failure is None:
            exchange.end()
        # litellm may miss the end of an answer that it has read completely.
        is_complete = exchange.ended and exchange.body.ending.is_complete and exchange.exception is None
        if exchange.body.is_stream:
            yield self._end()
        if failure is not None and not is_complete:
            raise failure_of(failure, exchange)
        if exchange.body.error is not None:
            raise classify(None, exchange.body.error)
        if not self.terminated:
            raise interrupted()
        if exchange.body.is_document and self._is_empty:
            raise unreadable(exchange, "a stream was asked for")

    def _counted(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """A chunk that litellm made of a whole answer, with the token counts of the answer itself."""
        usage, exchange = chunk.get("usage"), self._exchange
        return {**chunk, "usage": told_counts(usage, exchange.document)} if usage and exchange.sent else chunk

    def _without_end(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """A chunk without the finish reason and the token counts that litellm gives it, and without calls.

        The calls follow at the end: a later result may show that one is not the caller's.
        """
        choices = chunk.get("choices") or []
        first = choice_zero(choices)
        self._calls_tools |= first.get("finish_reason") == "tool_calls"
        delta = mapping(first.get("delta"))
        self._text += text_of(delta.get("content"))
        self._calls += mappings(delta.get("tool_calls"))
        return {
            "choices": [
                {
                    **choice,
                    "finish_reason": None,
                    "delta": {**(choice.get("delta") or {}), "tool_calls": None},
                }
                for choice in choices
            ]
        }

    def _end(self) -> dict[str, Any]:
        """The end of the answer, as far as it was received, as a chunk."""
        ending = self._exchange.body.ending
        usage = dict(ending.usage)
        if not ending.is_complete:
            usage.pop("completion_tokens", None)  # Anthropic begins with a count that is not the last
        end = ending.choice(self._text, calls_tools=self._calls_tools)
        calls = _without_calls(self._calls, self._exchange.body.calls_of_provider)
        choice = {"delta": {"tool_calls": calls}, **end}
        return {"choices": [choice], "usage": usage, UNHEARD: self._exchange.body.unheard}

    @override
    def close(self) -> None:
        """Free the connection: litellm's wrapper has no close for most routes."""
        if self._exchange.answer is not None:
            self._exchange.answer.close()
        if isinstance(self._items, Generator):
            self._items.close()

    @override
    async def aclose(self) -> None:
        """Free the connection, and end litellm's generators, which the loop would else end in tasks."""
        from litellm import CustomStreamWrapper

        if self._exchange.answer is not None:
            await self._exchange.answer.aclose()
        if isinstance(self._items, AsyncGenerator | CustomStreamWrapper):
            await self._items.aclose()


class WholeAnswer(MadeChunks):
    """A chat completion as the only chunk of a stream, where litellm has asked for no stream."""

    terminated = is_done = True

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__(())
        self._body = body

    @override
    def ended(self, failure: Exception | None) -> Iterator[Any]:
        choice = choice_zero(self._body.get("choices"))
        message = mapping(choice.get("message"))
        calls = [{"index": number, **call} for number, call in enumerate(calls_of(message))]
        yield {**self._body, "choices": [{**choice, "delta": {**message, "tool_calls": calls}}]}

    @override
    def close(self) -> None:
        """Nothing is open: litellm has read the answer."""

    @override
    async def aclose(self) -> None:
        """Nothing is open."""


def _without_lookups(wrapper: Any) -> Iterator[Any]:
    """The chunks of a stream, at whose end litellm must not ask a server for prices."""
    chunks = iter(wrapper)
    while True:
        with without_lookups():
            try:
                chunk = next(chunks)
            except StopIteration:
                return
        yield chunk


def allow_repetition(wrapper: Any) -> None:
    """Let a stream of litellm's repeat itself: whether to go on is the caller's decision.

    A known gap: litellm aborts a stream after a hundred equal chunks
    (https://github.com/BerriAI/litellm/issues/5158), and its only option for that is one of the process.
    So the wrapper's own check is replaced.

    Raises:
        LLMProviderError: this litellm's wrapper has no such check.
    """
    from litellm import CustomStreamWrapper

    if isinstance(wrapper, CustomStreamWrapper):
        if not hasattr(wrapper, "raise_on_model_repetition"):
            raise refused("this litellm has another check for repetition, which is not known here")
        wrapper.raise_on_model_repetition = lambda: None


def _without_calls(fragments: list[Mapping[str, Any]], ids: set[str]) -> list[Mapping[str, Any]]:
    """The fragments of calls without those of the calls of these ids; the first of a call has its id."""
    dropped: dict[Any, bool] = {}
    kept = []
    for fragment in fragments:
        index = fragment.get("index")
        if fragment.get("id"):
            dropped[index] = fragment["id"] in ids
        if not dropped.get(index):
            kept.append(fragment)
    return kept


def _has_content(chunk: dict[str, Any]) -> bool:
    fields = ("content", "tool_calls", "reasoning_content", "refusal")
    deltas = [choice.get("delta") or {} for choice in mappings(chunk.get("choices"))]
    return any(delta.get(field) for delta in deltas for field in fields)
