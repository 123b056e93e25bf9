"""A small LM Studio, and servers that are mistaken for one: models, their instances, and other paths.

No LM Studio can be recorded here. Its words and shapes are those of its documentation and of the public
issues of its bug tracker: numbers such as #619 are those of lmstudio-ai/lmstudio-bug-tracker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script, reply

KEY = "maker/tiny"
"""The model that every server has by default."""

CHAT = "/v1/chat/completions"
LOAD, UNLOAD = "/api/v1/models/load", "/api/v1/models/unload"
OLDER = "/api/v0/models"

NO_TOKEN = "An LM Studio API token is required to make requests to this server, but none was provided"  # noqa: S105
NO_MODEL = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
LOAD_KEYS = {
    "model",
    "context_length",
    "eval_batch_size",
    "flash_attention",
    "num_experts",
    "offload_kv_cache_to_gpu",
    "echo_load_config",
}
"""The fields of a request to load; another one, such as ``ttl``, is refused."""

DEFAULT_CONTEXT = 4096

Level = Literal["v1", "v0", "plain", "llama.cpp", "vllm"]


def error(message: str, code: str | None = None) -> dict[str, Any]:
    """An error as an object."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def native(message: str, code: str) -> dict[str, Any]:
    """An error of its native APIs and of its tokens, whose type has another name."""
    return {"error": {"type": "invalid_request", "code": code, "message": message}}


def string(message: str) -> dict[str, Any]:
    """An error whose body is a text, as about half of LM Studio's are."""
    return {"error": message}


def posted(requests: Iterable[Request], path: str) -> list[dict[str, Any]]:
    """The bodies that were posted to ``path``."""
    return [each.json() for each in requests if (each.method, each.path) == ("POST", path)]


def unexpected(request: Request) -> Script:
    """LM Studio's answer to a path that it does not know: a 200 (#618, #1680)."""
    return reply(string(f"Unexpected endpoint or method. ({request.method} {request.path})"))


def not_found(_: Request) -> Script:
    """The answer of other servers to a path that they do not know."""
    return reply({"detail": "Not Found"}, 404)


def web_page(_: Request) -> Script:
    """The answer of a server whose web interface takes every path."""
    page = b"<!doctype html><html><head><title>A web interface</title></head></html>"
    return reply(page, headers={"content-type": "text/html"})


def list_of_models(_: Request) -> Script:
    """The answer of a proxy to every path: OpenAI's list."""
    return reply({"object": "list", "data": [{"id": "somebody/something", "object": "model"}]})


OTHER_PATHS: tuple[Handler, ...] = (unexpected, not_found, web_page, list_of_models)
"""What servers answer to paths that they do not know."""


@dataclass
class Model:
    """A downloaded model, and the context sizes of its loaded instances by id.

    ``served`` are the tokens that it has in vLLM, which has no instances.
    """

    key: str = KEY
    instances: dict[str, int] = field(default_factory=dict)
    vision: bool | None = None
    variants: tuple[str, ...] = ()
    served: int = 16384

    def native(self, *, hidden: bool = False) -> dict[str, Any]:
        """Its entry in ``/api/v1``."""
        instances = [{"id": id_, "config": {"context_length": size}} for id_, size in self.instances.items()]
        entry: dict[str, Any] = {"type": "llm", "key": self.key, "max_context_length": 131072}
        entry["loaded_instances"] = [] if hidden else instances
        if self.vision is not None:
            entry["capabilities"] = {"vision": self.vision, "trained_for_tool_use": True}
        return entry | ({"variants": list(self.variants)} if self.variants else {})

    def older(self) -> Iterator[dict[str, Any]]:
        """Its entries in ``/api/v0``: one for each instance, or one that is not loaded."""
        kind = "vlm" if self.vision else "llm"
        common = {"object": "model", "type": kind, "max_context_length": 131072}
        for id_, size in self.instances.items():
            yield {"id": id_, **common, "state": "loaded", "loaded_context_length": size}
        if not self.instances:
            yield {"id": self.key, **common, "state": "not-loaded"}


@dataclass
class LMStudioServer:
    """A handler that answers as a server of this ``level`` does.

    Attributes:
        chat: gives what answers a question, by the name of the model that is asked.
        level: the newest API it has; ``plain`` is LM Studio before 0.3.6.
        models: the downloaded models.
        other_paths: answers what it does not know.
        token: what it demands, None where it demands none.
        jit: whether a question loads the model that it names.
        effective: the tokens that an instance gets when it is asked for some, 0 for the default.
        echoed: what a load says about them, where that is not what the instance got; None says nothing.
        hidden: whether ``/api/v1`` lists no instances, as some builds do.
        load: answers a load instead of doing it; so does ``unload``.
    """

    chat: Callable[[str], Handler]
    level: Level = "v1"
    models: list[Model] = field(default_factory=lambda: [Model(vision=True)])
    other_paths: Handler | None = None
    token: str | None = None
    jit: bool = True
    effective: Callable[[int], int] = lambda asked: asked or DEFAULT_CONTEXT
    echoed: Callable[[int], int | None] | None = None
    hidden: bool = False
    load: Script | None = None
    unload: Script | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._other = self.other_paths or (not_found if self.level in ("llama.cpp", "vllm") else unexpected)

    @property
    def instances(self) -> dict[str, int]:
        """The tokens of every loaded instance."""
        return {id_: size for model in self.models for id_, size in model.instances.items()}

    def __call__(self, request: Request) -> Script:
        """Called on several threads at once."""
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return reply(native(NO_TOKEN, "invalid_api_key"), 401)
        if request.method == "POST" and request.path == CHAT:
            with self._lock:
                answering = self._answering(request.json().get("model"))
            return self.chat(answering)(request) if answering else reply(error(NO_MODEL), 400)
        with self._lock:
            return self._managed(request)

    def _managed(self, request: Request) -> Script:
        match self.level, request.method, request.path:
            case "v1", "GET", "/api/v1/models":
                return reply({"models": [model.native(hidden=self.hidden) for model in self.models]})
            case "v1", "POST", "/api/v1/models/load":
                return self.load or self._load(request.json())
            case "v1", "POST", "/api/v1/models/unload":
                return self.unload or self._unload(request.json()["instance_id"])
            case "v1" | "v0", "GET", "/api/v0/models":
                entries = [entry for model in self.models for entry in model.older()]
                shown = [each for each in entries if self.jit or each["state"] == "loaded"]
                return reply({"object": "list", "data": shown})
            case _, "GET", "/v1/models":
                return reply({"object": "list", "data": [self._card(model) for model in self.models]})
            case "llama.cpp", "GET", "/props":
                return reply({"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1})
        return self._other(request)

    def _card(self, model: Model) -> dict[str, Any]:
        card: dict[str, Any] = {"id": model.key, "object": "model", "owned_by": "organization_owner"}
        if self.level == "vllm":
            card["max_model_len"] = model.served
        if self.level == "llama.cpp":
            card["meta"] = {"n_ctx_train": 131072}
        return card

    def _load(self, body: dict[str, Any]) -> Script:
        unknown = [name for name in body if name not in LOAD_KEYS]
        if unknown:
            return reply(native(f"Unrecognized key(s) in object: {unknown}", "unrecognized_keys"), 400)
        model = next((each for each in self.models if body["model"] in (each.key, *each.variants)), None)
        if model is None:
            return reply(native(f"Model {body['model']} not found", "model_not_found"), 404)
        asked = body.get("context_length", 0)
        id_ = self._add(model, asked)
        answer = {"type": "llm", "instance_id": id_, "load_time_seconds": 0.1, "status": "loaded"}
        echoed = self.echoed(asked) if self.echoed else model.instances[id_]
        return reply(answer | ({"load_config": {"context_length": echoed}} if echoed else {}))

    def _add(self, model: Model, asked: int) -> str:
        """Every load adds an instance: ``key``, ``key:2``, ``key:3`` (#168, #1582)."""
        number = 1
        while (id_ := model.key if number == 1 else f"{model.key}:{number}") in self.instances:
            number += 1
        model.instances[id_] = self.effective(asked)
        return id_

    def _unload(self, id_: str) -> Script:
        for model in self.models:
            if model.instances.pop(id_, None) is not None:
                return reply({"instance_id": id_})
        return reply(native(f"Instance {id_} not found", "model_not_found"), 404)

    def _answering(self, asked: str) -> str | None:
        """The instance that answers a request for the model ``asked``; None where none is loaded."""
        if self.level == "llama.cpp":
            return "model.gguf"  # whatever it was asked for
        by_key = {model.key.casefold(): model for model in self.models}
        named = by_key.get(asked.casefold())
        if named and not named.instances and (self.jit or self.level == "vllm"):
            self._add(named, 0)
        loaded = [asked] if asked in self.instances else list(named.instances if named else ())
        if not loaded and len(self.instances) == 1:
            loaded = list(self.instances)  # another model answers (#619)
        return loaded[0] if loaded else None
