"""A loopback HTTP server that sends exactly the bytes that a scenario names.

>>> from conformance.servers.scripted import ScriptedServer, always, stream
>>> from conformance.servers.scripted.dialects import dialect
>>> with ScriptedServer(always(stream(dialect("openai").events(answer)))) as server:
...     backend = OpenAILLM(endpoint=server.url + "/v1")

A new step is one class in ``script.py`` and one case in ``connection.py``; a
new dialect is one module in ``dialects/``.
"""

from conformance.servers.scripted.connection import Connection, ScriptError
from conformance.servers.scripted.handlers import Handler, UnknownContentError, always, in_order
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import (
    DEADLINE,
    Chunk,
    Close,
    Cut,
    Head,
    LastChunk,
    Repeat,
    Reset,
    Script,
    Send,
    Served,
    Stall,
    Step,
    Wait,
    WaitForClose,
    reply,
    stream,
)
from conformance.servers.scripted.server import ScriptedServer

__all__ = [
    "DEADLINE",
    "Chunk",
    "Close",
    "Connection",
    "Cut",
    "Handler",
    "Head",
    "LastChunk",
    "Repeat",
    "Request",
    "Reset",
    "Script",
    "ScriptError",
    "ScriptedServer",
    "Send",
    "Served",
    "Stall",
    "Step",
    "UnknownContentError",
    "Wait",
    "WaitForClose",
    "always",
    "in_order",
    "reply",
    "stream",
]
