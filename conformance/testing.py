'''The one import of who writes scenarios: what is asked, what must hold, and what a server sends.

A scenario is a pytest function with a docstring, its law, in a file ``test_<group>.py``. It asks a recorded
server through ``interview``, or plays a script to the backend::

    import pytest

    from conformance.testing import Build, Cut, Dialect, Interview, Serve, always, laws, text


    @pytest.mark.core
    def test_a_text_arrives_word_for_word(interview: Interview) -> None:
        """The text of an answer arrives word for word, by ``invoke`` and by ``stream``."""
        interview.answers(text.GREETING)


    def test_a_cut_stream_is_interrupted(serve: Serve, build: Build, dialect: Dialect) -> None:
        """A stream that is cut before its finish reason is reported as ``interrupted``."""
        events = dialect.events(text.COUNT.answer)
        llm = build(serve(always(dialect.streamed([*events[:2], Cut()]))).url)

        laws.failed_as(laws.read(llm.stream(text.COUNT.messages)), "interrupted")

The fixtures: ``interview``, ``llm`` and ``stage`` ask a recorded server; ``serve``, ``build``, ``dialect``
and ``target`` play a script; ``material`` holds the good answers of a target, to be broken;
``measured`` notes what a scenario found of a capability. The marks: ``pytest --markers``. From nothing to a
green run: docs/writing-a-scenario.md.
'''

from __future__ import annotations

from conformance.runner import derived
from conformance.runner.collection.capabilities import Measured
from conformance.runner.derived import GoodAnswer, Material
from conformance.runner.stage.stage import Build, Serve, Stage
from conformance.runner.targets.live import KEY
from conformance.runner.targets.target import CAPABILITIES, Target
from conformance.servers.scripted import (
    DEADLINE,
    Chunk,
    Close,
    Cut,
    Handler,
    Head,
    LastChunk,
    Request,
    Reset,
    Script,
    ScriptedServer,
    Send,
    Stall,
    Step,
    Wait,
    WaitForClose,
    always,
    error_bodies,
    in_order,
    lmstudio_server,
    raw,
    reply,
    stream,
)
from conformance.servers.scripted.dialects import (
    USAGE,
    Dialect,
    ErrorKind,
    Usage,
    anthropic,
    bedrock,
    cohere,
    gemini,
    lmstudio,
)
from conformance.servers.scripted.dialects.dialect import compact
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.spec import laws
from conformance.spec.call_modes import CALL_MODES, by_invoke, by_stream
from conformance.spec.dialogue import Answer, Call, Message, Turn, request_of, structured, text, tools
from conformance.spec.dialogue.turn import assistant, calling, result, system, user
from conformance.spec.interview import Interview
from provider.base import BaseLLM
from provider.errors import LLMProviderError, StreamNotFinishedError
from provider.response import LLMResponse, ToolCall

__all__ = [
    "CALL_MODES",
    "CAPABILITIES",
    "DEADLINE",
    "KEY",
    "USAGE",
    "Answer",
    "BaseLLM",
    "Build",
    "Call",
    "Chunk",
    "Close",
    "Cut",
    "Dialect",
    "ErrorKind",
    "GoodAnswer",
    "Handler",
    "Head",
    "Interview",
    "LLMProviderError",
    "LLMResponse",
    "LMStudio",
    "LastChunk",
    "Material",
    "Measured",
    "Message",
    "Request",
    "Reset",
    "Script",
    "ScriptedServer",
    "Send",
    "Serve",
    "Stage",
    "Stall",
    "Step",
    "StreamNotFinishedError",
    "Target",
    "ToolCall",
    "Turn",
    "Usage",
    "Wait",
    "WaitForClose",
    "always",
    "anthropic",
    "assistant",
    "bedrock",
    "by_invoke",
    "by_stream",
    "calling",
    "cohere",
    "compact",
    "derived",
    "error_bodies",
    "gemini",
    "in_order",
    "laws",
    "lmstudio",
    "lmstudio_server",
    "raw",
    "reply",
    "request_of",
    "result",
    "stream",
    "structured",
    "system",
    "text",
    "tools",
    "user",
]
