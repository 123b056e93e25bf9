"""Which models an LM Studio server has, and loading and unloading them.

LM Studio answers 200 to paths that it does not know, so its API level is told
by the shape of the JSON and never by the status. Sources: the developer docs
of LM Studio (``/api/v1`` since 0.4.0, ``/api/v0`` since 0.3.6) and the public
issues of its bug tracker named below.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provider.classify import classify
from provider.errors import ErrorKind, LLMProviderError

if TYPE_CHECKING:
    import httpx

LOADING = 600.0
"""Seconds that loading a model may take: it is read from a disk into a GPU."""

_LOCKS: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
"""One for each server and model: two loads at once make two instances (bug tracker #1751)."""


@dataclass(frozen=True)
class Served:
    """A model that is ready.

    Attributes:
        name: what to send as ``model``: the instance where the server names one.
        answers_as: what the server may call it in an answer; empty where any name will do.
        context_size: tokens of the loaded instance, 0 where unknown.
        vision: whether it takes images, None where unknown.
        own_instance: the instance to unload again, None where it was loaded before.
    """

    name: str
    answers_as: frozenset[str] = frozenset()
    context_size: int = 0
    vision: bool | None = None
    own_instance: str | None = None


class ModelServer:
    """The models of one server.

    Args:
        http: a client that carries the token.
        root: the server's URL, without ``/v1``.
    """

    def __init__(self, http: httpx.Client, root: str) -> None:
        self._http = http
        self._root = root

    def acquire(self, model: str, context_size: int) -> Served:
        """Make ``model`` ready, with ``context_size`` tokens where that is not 0.

        Raises:
            LLMProviderError: the token is refused, or the server has no such model.
        """
        native = _mapping(self._get("/api/v1/models")).get("models")
        if isinstance(native, list):
            with _LOCKS[self._root, model.casefold()]:
                return self._acquire_native(list(_mappings(native)), model, context_size)
        older = list(_mappings(_mapping(self._get("/api/v0/models")).get("data")))
        if any("state" in each or "max_context_length" in each for each in older):
            return _older(older, model)
        return self._plain(model)

    def release(self, served: Served) -> None:
        """Unload the instance that :meth:`acquire` loaded; no other."""
        if served.own_instance is not None:
            # An instance that is gone already answers with an error; gone is what was wanted.
            self._http.post(f"{self._root}/api/v1/models/unload", json={"instance_id": served.own_instance})

    def _acquire_native(self, listed: list[Mapping[str, Any]], model: str, context_size: int) -> Served:
        entry = _found(listed, model, lambda each: (each.get("key"), *_variants(each), *_instance_ids(each)))
        vision = _mapping(entry.get("capabilities")).get("vision")
        names = frozenset(name.casefold() for name in (str(entry.get("key")), *_instance_ids(entry)))
        ready = [
            (_context_of(each), str(each.get("id"))) for each in _mappings(entry.get("loaded_instances"))
        ]
        ready = [each for each in ready if each[0] >= context_size]
        if ready:
            size, instance = max(ready)
            return Served(instance, names, size, vision)
        instance, size = self._load(str(entry.get("key")), context_size)
        return Served(instance, names | {instance.casefold()}, size, vision, own_instance=instance)

    def _load(self, key: str, context_size: int) -> tuple[str, int]:
        """Load an instance; its real context size may be another one than was asked for (#2318)."""
        wanted = {"context_length": context_size} if context_size else {}
        response = self._http.post(
            f"{self._root}/api/v1/models/load",
            json={"model": key, "echo_load_config": True, **wanted},
            timeout=LOADING,
        )
        answer = _mapping(_json(response))
        if answer.get("status") != "loaded" or not isinstance(answer.get("instance_id"), str):
            failure = classify(response.status_code, response.content)
            raise LLMProviderError(f"{key} was not loaded: {failure.message}", kind=failure.kind)
        size = _mapping(answer.get("load_config")).get("context_length")
        return answer["instance_id"], size if isinstance(size, int) else context_size

    def _plain(self, model: str) -> Served:
        """A server that only speaks chat completions: vLLM and llama.cpp tell their context size."""
        for each in _mappings(_mapping(self._get("/v1/models")).get("data")):
            if each.get("id") == model and isinstance(each.get("max_model_len"), int):
                return Served(model, context_size=each["max_model_len"])
        settings = _mapping(_mapping(self._get("/props")).get("default_generation_settings"))
        size = settings.get("n_ctx")
        return Served(model, context_size=size if isinstance(size, int) else 0)

    def _get(self, path: str) -> Any:
        return _json(self._http.get(self._root + path))


def _older(listed: list[Mapping[str, Any]], model: str) -> Served:
    """A server before 0.4.0: it loads a model at its first question, and tells what is loaded."""
    entry = _found(listed, model, lambda each: (each.get("id"),))
    size = entry.get("loaded_context_length")
    vision = entry.get("type") == "vlm" or "vision" in (entry.get("capabilities") or ())
    name = str(entry.get("id"))
    return Served(name, frozenset({name.casefold()}), size if isinstance(size, int) else 0, vision)


def _found(listed: list[Mapping[str, Any]], model: str, names: Any) -> Mapping[str, Any]:
    """The entry of ``model``.

    Raises:
        LLMProviderError: ``not_found``; asked all the same, another model would answer (#619).
    """
    for entry in listed:
        if any(same_model(model, name) for name in names(entry) if isinstance(name, str)):
            return entry
    known = ", ".join(str(names(entry)[0]) for entry in listed) or "none"
    raise LLMProviderError(f"the server has no model {model!r}; it has {known}", kind=ErrorKind.NOT_FOUND)


def same_model(asked: str, named: str) -> bool:
    """Whether two names mean one model, up to case, quantisation, instance and one missing vendor."""
    one, other = _bare(asked), _bare(named)
    if "/" in one and "/" in other:
        return one == other
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def _bare(name: str) -> str:
    return re.sub(r"(@[^/]*)?(:\d+)?$", "", name.casefold())


def _variants(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (each for each in entry.get("variants") or () if isinstance(each, str))


def _instance_ids(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(each.get("id")) for each in _mappings(entry.get("loaded_instances")))


def _context_of(instance: Mapping[str, Any]) -> int:
    size = _mapping(instance.get("config")).get("context_length")
    return size if isinstance(size, int) else 0


def _json(response: httpx.Response) -> Any:
    """The JSON of an answer, None where it is none.

    Raises:
        LLMProviderError: the token is refused: asking an older API instead would hide it.
    """
    if response.status_code in (401, 403):
        raise classify(response.status_code, response.content)
    try:
        return response.json()
    except ValueError:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()
