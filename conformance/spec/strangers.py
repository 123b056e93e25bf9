"""Asks a backend that does not know the contract, such as a class with the five methods and nothing more.

The laws read its answers as responses. What it lacks is absent, and not wrong: ``conformance.spec.contract``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from conformance.spec import forms
from conformance.spec.contract import (
    ARGUMENTS,
    CONFIGURATION,
    FIELDS,
    LIFECYCLE,
    Lacking,
    NotJudgedError,
    note_unclaimed,
)
from conformance.spec.exact import exact
from provider.base import BaseLLM, Message
from provider.errors import CONTEXT_LIMIT, ErrorKind, LLMProviderError
from provider.response import LLMResponse, LLMStream

CRASHES = (
    *(AssertionError, AttributeError, ImportError, LookupError, NameError, NotImplementedError),
    *(RecursionError, SyntaxError, TypeError, ZeroDivisionError),
)
"""Exceptions that say nothing of a provider: a mistake in the backend."""

_OF_RESPONSE = (
    *("prompt_tokens", "cached_prompt_tokens", "completion_tokens", "finish_reason", "error_kind"),
    *("error_code", "status", "retryable", "retry_after", "reasoning", "as_message", "provider_state"),
)
_OF_BACKEND = (
    *("capabilities", "has_capability", "context_size"),
    *("last_prompt_tokens", "last_cached_prompt_tokens"),
)

_OF_CALL = {"attachments", "timeout", "extra_headers"}
"""The arguments of a call that only our contract promises; whoever accepts any hands them to the model."""


class HeardResponse(Lacking, LLMResponse):
    """What a stranger answered; reading an attribute that it lacks ends the scenario as not judged.

    Args:
        answer: the stranger's own object; None where it only streamed text, or raised.
        lacks: further attributes that it lacks.
        fields: fields that are known without it.
    """

    def __init__(self, answer: object = None, lacks: Iterable[str] = (), **fields: Any) -> None:
        own = {name: forms.field(answer, name) for name in _OF_RESPONSE}
        found = {name: value for name, value in own.items() if value is not forms.MISSING} | fields
        values = {name: value for name, value in found.items() if name not in ("retryable", "as_message")}
        values = {name: value if name == "provider_state" else exact(value) for name, value in values.items()}
        super().__init__(**values)
        self._own = {name: found[name] for name in ("retryable", "as_message") if name in found}
        self.absent = (frozenset(_OF_RESPONSE) - found.keys()).union(lacks)

    @override
    def __repr__(self) -> str:
        told = {
            name: value for name, value in vars(self).items() if name in FIELDS and name not in self.absent
        }
        return f"HeardResponse(content={self.content!r}, error={self.error!r}, {told})"

    @override
    def __getattribute__(self, name: str) -> Any:
        if name in FIELDS:
            if name in object.__getattribute__(self, "absent"):
                raise NotJudgedError(FIELDS[name])
            own = object.__getattribute__(self, "__dict__").get("_own", {})
            if name in own:
                return own[name]
        return object.__getattribute__(self, name)


def heard(answer: Any) -> LLMResponse:
    """A stranger's answer as a response; one that overflows is raised, as the contract has it.

    Raises:
        LLMProviderError: it is an error with the code ``context_limit``.
        FormError: it is no answer.
    """
    if isinstance(answer, LLMResponse):
        return answer
    error, calls = (forms.field(answer, name) for name in ("error", "tool_calls"))
    error = None if error is forms.MISSING else error or None
    if error and forms.field(answer, "error_code") == CONTEXT_LIMIT:
        raise LLMProviderError(str(error), CONTEXT_LIMIT)
    lacks = ["tool_calls"] if calls is forms.MISSING else []
    made = [] if lacks else [forms.call_of(each) for each in calls or []]
    return HeardResponse(answer, lacks, content=forms.text_of(answer), tool_calls=made, error=error)


def _raised(error: Exception) -> LLMResponse:
    """A raised error as a response.

    Raises:
        LLMProviderError: it is a context overflow.
    """
    if isinstance(error, LLMProviderError):
        raise error
    if getattr(error, "code", None) == CONTEXT_LIMIT:
        raise LLMProviderError(str(error), CONTEXT_LIMIT) from error
    kind = getattr(error, "kind", None)
    kinds = {"error_kind": ErrorKind(kind)} if kind in list(ErrorKind) else {}
    return HeardResponse(error=str(error) or type(error).__name__, **kinds)


class StrangerLLM(Lacking, BaseLLM):
    """A backend of a class that is not a ``BaseLLM``; the scenarios ask it in its place.

    Args:
        own: the stranger's instance.
        model: the name of its model.
    """

    def __init__(self, own: Any, model: str) -> None:
        forms.check_methods(own)
        note_unclaimed(CONFIGURATION)
        if not hasattr(own, "load"):
            note_unclaimed(LIFECYCLE)
        self.own = own
        self.absent = frozenset(name for name in _OF_BACKEND if not hasattr(own, name))
        super().__init__(getattr(own, "model_name", model))

    @override
    def __getattribute__(self, name: str) -> Any:
        if name in _OF_BACKEND:
            if name in object.__getattribute__(self, "absent"):
                raise NotJudgedError(FIELDS[name])
            return getattr(object.__getattribute__(self, "own"), name)
        return object.__getattribute__(self, name)

    @override
    def load(self) -> bool:
        result = self.own.load() if hasattr(self.own, "load") else None
        self.loaded = result is None or bool(result)
        return self.loaded

    @override
    def unload(self) -> None:
        self.loaded = False
        for name in ("unload", "close"):
            if (end := getattr(self.own, name, None)) is not None:
                end()
                return

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        if kwargs.get("tools") and hasattr(self.own, "chat_with_tools"):
            return self.chat_with_tools(messages, **kwargs)
        return _answered(lambda: _called(self.own.invoke, messages, attachments, kwargs))

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        try:
            deltas = forms.deltas_of(_called(self.own.stream, messages, attachments, kwargs))
        except CRASHES:
            raise
        except Exception as error:  # noqa: BLE001  # a stranger may raise anything
            failed = error
            return LLMStream(lambda: _failing(failed))
        return LLMStream(lambda: _read(deltas))

    @override
    def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        method = getattr(self.own, "chat_with_tools", self.own.invoke)
        return _answered(lambda: _called(method, messages, None, {"tools": tools, **kwargs}))


def _called(
    method: Callable[..., Any], messages: Sequence[Message], attachments: Any, kwargs: Mapping[str, Any]
) -> Any:
    """Call a method of a stranger with what it accepts.

    Raises:
        NotJudgedError: it does not accept an argument of the scenario.
        FormError: it cannot be called with the messages alone.
    """
    given = {"attachments": attachments, **kwargs} if attachments else kwargs
    signature = inspect.signature(method)
    try:
        signature.bind(messages, **given)
    except TypeError as error:
        if not given:
            words = f"{method.__qualname__}{signature} cannot be called with the messages alone: {error}"
            raise forms.FormError(words) from error
        raise NotJudgedError(ARGUMENTS) from error
    if not (_OF_CALL & given.keys()) <= signature.parameters.keys():
        raise NotJudgedError(ARGUMENTS)
    return method(messages, **given)


def _answered(ask: Callable[[], Any]) -> LLMResponse:
    try:
        answer = ask()
    except CRASHES:
        raise
    except Exception as error:  # noqa: BLE001  # a stranger may raise anything
        return _raised(error)
    return heard(answer)


def _read(deltas: Iterable[Any]) -> Generator[str, None, LLMResponse]:
    """Yield a stranger's deltas, and return the response that stands beside them, or their text."""
    texts: list[str] = []
    iterator, returned = iter(deltas), None
    try:
        while True:
            try:
                delta = next(iterator)
            except StopIteration as end:
                returned = end.value
                break
            if (text := forms.delta_of(delta)) or isinstance(delta, str):
                texts.append(text)
                yield text
    except CRASHES:
        raise
    except Exception as error:  # noqa: BLE001  # a stranger may raise anything
        response = _raised(error)
        response.content = "".join(texts)
        return response
    finally:
        for each in (deltas, iterator):
            if (close := getattr(each, "close", None)) is not None:
                close()
    beside = getattr(deltas, "response", None) or returned
    return HeardResponse(lacks=["tool_calls"], content="".join(texts)) if beside is None else heard(beside)


def _failing(error: Exception) -> Generator[str, None, LLMResponse]:
    yield from ()
    return _raised(error)
