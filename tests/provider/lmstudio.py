"""LMStudioLLM in front of a scripted LM Studio."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.servers.scripted import Handler, ScriptedServer
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.servers.scripted.lmstudio_server import KEY, LMStudioServer, Model
from provider import LMStudioLLM
from tests.provider.routes import ANSWER, TIMEOUT


def studio(*models: Model, **what: Any) -> LMStudioServer:
    """An LM Studio of the newest API with these models, or with one that is not loaded."""
    return LMStudio("v1").server(ANSWER, models=list(models) or [Model()], **what)


def llm_at(url: str, model: str = KEY, *, context_size: int | None = None) -> LMStudioLLM:
    """The backend, not loaded."""
    llm = LMStudioLLM(model, url, timeout=TIMEOUT, max_retries=0)
    llm.context_size = context_size
    return llm


@contextmanager
def loaded(
    handler: Handler, model: str = KEY, *, context_size: int | None = None
) -> Iterator[tuple[LMStudioLLM, ScriptedServer]]:
    """The loaded backend in front of the server; it is unloaded in the end."""
    with ScriptedServer(handler) as server, llm_at(server.url, model, context_size=context_size) as llm:
        assert llm.loaded, "load() failed: its reason is in the log"
        yield llm, server
