"""Lists, loads and unloads the models of an LM Studio server.

LM Studio answers 200 to unknown paths, so its API level is recognised by the
fields of the JSON, not by the status. Sources: the developer docs of LM Studio
(``/api/v1`` since 0.4.0, ``/api/v0`` since 0.3.6) and the issues of its bug
tracker that are named below.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from provider.chat.faces import Face
from provider.errors import LLMProviderError
from provider.failures.classify import classify
from provider.json_values import mapping, mappings
from provider.lmstudio.instances import ServedModel, instances_of
from provider.lmstudio.names import find_model, same_model, variant

if TYPE_CHECKING:
    import httpx

LOAD_TIMEOUT = 600.0
"""Seconds that loading a model may take, from a disk into a GPU."""


class _Instance(NamedTuple):
    """A loaded instance; its size is 0 where unknown. The largest compares as greatest."""

    context_size: int
    id: str


class ModelServer:
    """The models of one server.

    Args:
        http: a client that carries the token.
        root: the server's URL, without ``/v1``.
        face: how the client waits.
    """

    def __init__(self, http: httpx.Client | httpx.AsyncClient, root: str, face: Face) -> None:
        self._face = face
        self._http = http
        self._root = root
        self._loaded = instances_of(root)

    async def acquire(self, model: str, context_size: int) -> ServedModel:
        """Make ``model`` ready, with ``context_size`` tokens where that is not 0.

        Raises:
            LLMProviderError: the token is refused, or the server has no such model or cannot load it.
        """
        native = await self._native()
        if native is not None:
            key = _names(find_model(native, model, _names))[0]
            async with self._face.held(self._loaded.lock(key)):
                # List again: another thread or task may have loaded it while this one waited for the lock.
                entry = find_model(await self._native() or [], model, _names)
                return await self._acquire_native(entry, model, context_size)
        older = await self._older()
        if older is not None:
            return _served_by_older(find_model(older, model, lambda entry: [str(entry.get("id"))]))
        return await self._without_native_api(model)

    async def release(self, served: ServedModel) -> None:
        """Unload the instance if this process has loaded it and does not use it elsewhere.

        Raises:
            LLMProviderError: the server has not unloaded it.
        """
        if self._loaded.is_loaded_here(served):
            async with self._face.held(self._loaded.lock(served.key)):
                if self._loaded.leave(served):
                    await self._unload(served.name)

    async def _acquire_native(self, entry: Mapping[str, Any], model: str, context_size: int) -> ServedModel:
        key = str(entry.get("key"))
        instances = list(_instances(entry)) or await self._instances_of_older(key)
        instance = self._suitable(instances, model if model != key else "", context_size)
        if instance is None:
            instance = await self._load(variant(model, _variants(entry)) or key, context_size)
            self._loaded.add(instance.id, context_size)
        vision = mapping(entry.get("capabilities")).get("vision")
        names = frozenset([*_names(entry), instance.id])
        served = ServedModel(instance.id, key, names, instance.context_size, vision)
        self._loaded.enter(served)
        return served

    def _suitable(self, instances: Iterable[_Instance], named: str, context_size: int) -> _Instance | None:
        """The instance ``named``, or the largest that is large enough; None where one must be loaded.

        One for which as many tokens were requested counts as large enough: loaded again, it would get no
        more (bug tracker #2318).
        """
        large_enough = [
            each
            for each in instances
            if max(each.context_size, self._loaded.requested(each.id)) >= context_size
        ]
        by_name = (each for each in large_enough if each.id == named)
        return next(by_name, None) or max(large_enough, default=None)

    async def _load(self, name: str, context_size: int) -> _Instance:
        """Load an instance; its real context size may differ from the requested one (#2318)."""
        wanted = {"context_length": context_size} if context_size else {}
        response = await self._face.call(
            self._http.post,
            f"{self._root}/api/v1/models/load",
            json={"model": name, "echo_load_config": True, **wanted},
            timeout=LOAD_TIMEOUT,
        )
        answer = mapping(_json(response))
        instance = answer.get("instance_id")
        if answer.get("status") != "loaded" or not isinstance(instance, str):
            failure = classify(response.status_code, response.content)
            raise LLMProviderError(f"{name} was not loaded: {failure.message}", kind=failure.kind)
        size = _size(mapping(answer.get("load_config")).get("context_length"))
        return _Instance(await self._listed_size(instance) or size, instance)

    async def _listed_size(self, instance: str) -> int:
        """The size in the list of models, 0 where it has none; a load only echoes the requested size."""
        import httpx

        with contextlib.suppress(httpx.HTTPError, LLMProviderError):  # it is loaded in any case
            for entry in await self._native() or ():
                for each in _instances(entry):
                    if each.id == instance:
                        return each.context_size
        return 0

    async def _unload(self, instance: str) -> None:
        response = await self._face.call(
            self._http.post, f"{self._root}/api/v1/models/unload", json={"instance_id": instance}
        )
        gone = response.status_code == 404
        if not gone and "instance_id" not in mapping(_json(response)):
            raise classify(response.status_code, response.content)

    async def _instances_of_older(self, key: str) -> list[_Instance]:
        """The loaded instances in ``/api/v0``: some builds list none in ``/api/v1``."""
        return [
            _Instance(_size(entry.get("loaded_context_length")), str(entry.get("id")))
            for entry in await self._older() or ()
            if entry.get("state") == "loaded" and same_model(str(entry.get("id")), key)
        ]

    async def _without_native_api(self, model: str) -> ServedModel:
        """A server with chat completions only; vLLM and llama.cpp reveal their context size."""
        for each in mappings(mapping(await self._get("/v1/models")).get("data")):
            if each.get("id") == model and _size(each.get("max_model_len")):
                return ServedModel(model, context_size=each["max_model_len"])
        settings = mapping(mapping(await self._get("/props")).get("default_generation_settings"))
        return ServedModel(model, context_size=_size(settings.get("n_ctx")))

    async def _native(self) -> list[Mapping[str, Any]] | None:
        """The models in ``/api/v1``, None where the server has no such API."""
        listed = mapping(await self._get("/api/v1/models")).get("models")
        return mappings(listed) if isinstance(listed, list) else None

    async def _older(self) -> list[Mapping[str, Any]] | None:
        """The models in ``/api/v0``, None where the server has no such API; the list may be empty."""
        listed = mapping(await self._get("/api/v0/models")).get("data")
        if not isinstance(listed, list):
            return None
        entries = mappings(listed)
        known = any("state" in each or "max_context_length" in each for each in entries)
        return entries if known or not listed else None

    async def _get(self, path: str) -> Any:
        return _json(await self._face.call(self._http.get, self._root + path))


def _served_by_older(entry: Mapping[str, Any]) -> ServedModel:
    """A model of a server before 0.4.0, which loads it at the first request."""
    name = str(entry.get("id"))
    vision = entry.get("type") == "vlm" or "vision" in (entry.get("capabilities") or ())
    return ServedModel(
        name,
        names=frozenset({name}),
        context_size=_size(entry.get("loaded_context_length")),
        vision=vision,
    )


def _names(entry: Mapping[str, Any]) -> list[str]:
    """The names of an entry of ``/api/v1``, its key first."""
    return [str(entry.get("key")), *_variants(entry), *(each.id for each in _instances(entry))]


def _variants(entry: Mapping[str, Any]) -> list[str]:
    return [each for each in entry.get("variants") or () if isinstance(each, str)]


def _instances(entry: Mapping[str, Any]) -> Iterator[_Instance]:
    for each in mappings(entry.get("loaded_instances")):
        yield _Instance(_size(mapping(each.get("config")).get("context_length")), str(each.get("id")))


def _size(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _json(response: httpx.Response) -> Any:
    """The JSON of an answer, None where it is not JSON.

    Raises:
        LLMProviderError: the token is refused, which trying an older API would hide.
    """
    if response.status_code in (401, 403):
        raise classify(response.status_code, response.content)
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
