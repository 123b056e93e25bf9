'''The one import of who writes scenarios: what is asked, what must hold, and what a server sends.

A scenario is a pytest function with a docstring, its law, in a file ``test_<group>.py``. It asks a recorded
server through ``interview``, or plays a script to the backend::

    import pytest

    from conformance.testing import Cut, Dialect, Interview, Play, laws, text


    @pytest.mark.core
    def test_a_text_arrives_word_for_word(interview: Interview) -> None:
        """The text of an answer arrives word for word, by ``invoke`` and by ``stream``."""
        interview.answers(text.GREETING)


    def test_a_cut_stream_is_interrupted(play: Play, dialect: Dialect) -> None:
        """A stream that is cut before its finish reason is reported as ``interrupted``."""
        events = dialect.events(text.COUNT.answer)
        llm = play(dialect.streamed([*events[:2], Cut()]))

        laws.failed_as(laws.read(llm.stream(text.COUNT.messages)), "interrupted")

The fixtures: ``interview``, ``llm`` and ``stage`` ask a recorded server; ``play`` gives a backend in front of
a script, and ``sent`` the requests that reached it; ``serve`` and ``build`` do the same in two steps, for a
look at the server; ``dialect`` and ``target`` are what is played to; ``material`` holds the good answers of a
target, to be broken; ``measured`` notes what a scenario found of a capability. The marks: ``pytest
--markers``. From nothing to a green run: docs/writing-a-scenario.md.
'''

from __future__ import annotations

from conformance.runner import cuts as cuts
from conformance.runner import derived as derived
from conformance.runner.collection.scenario import Measured as Measured
from conformance.runner.derived import GoodAnswer as GoodAnswer
from conformance.runner.derived import Material as Material
from conformance.runner.stage.stage import Build as Build
from conformance.runner.stage.stage import Play as Play
from conformance.runner.stage.stage import Sent as Sent
from conformance.runner.stage.stage import Serve as Serve
from conformance.runner.stage.stage import Stage as Stage
from conformance.runner.targets.live import KEY as KEY
from conformance.runner.targets.target import CAPABILITIES as CAPABILITIES
from conformance.runner.targets.target import Target as Target
from conformance.servers.scripted import DEADLINE as DEADLINE
from conformance.servers.scripted import Chunk as Chunk
from conformance.servers.scripted import Close as Close
from conformance.servers.scripted import Cut as Cut
from conformance.servers.scripted import Handler as Handler
from conformance.servers.scripted import Head as Head
from conformance.servers.scripted import LastChunk as LastChunk
from conformance.servers.scripted import Repeat as Repeat
from conformance.servers.scripted import Request as Request
from conformance.servers.scripted import Reset as Reset
from conformance.servers.scripted import Script as Script
from conformance.servers.scripted import ScriptedServer as ScriptedServer
from conformance.servers.scripted import Send as Send
from conformance.servers.scripted import Stall as Stall
from conformance.servers.scripted import Step as Step
from conformance.servers.scripted import Wait as Wait
from conformance.servers.scripted import WaitForClose as WaitForClose
from conformance.servers.scripted import always as always
from conformance.servers.scripted import in_order as in_order
from conformance.servers.scripted import raw as raw
from conformance.servers.scripted import reply as reply
from conformance.servers.scripted import stream as stream
from conformance.servers.scripted.dialects import USAGE as USAGE
from conformance.servers.scripted.dialects import Dialect as Dialect
from conformance.servers.scripted.dialects import ErrorKind as ErrorKind
from conformance.servers.scripted.dialects import Usage as Usage
from conformance.servers.scripted.dialects import anthropic as anthropic
from conformance.servers.scripted.dialects import bedrock as bedrock
from conformance.servers.scripted.dialects import bedrock_invoke as bedrock_invoke
from conformance.servers.scripted.dialects import cohere as cohere
from conformance.servers.scripted.dialects import gemini as gemini
from conformance.servers.scripted.dialects import response_items as response_items
from conformance.servers.scripted.dialects.dialect import compact as compact
from conformance.servers.scripted.dialects.lmstudio import LMStudio as LMStudio
from conformance.spec import laws as laws
from conformance.spec import loops as loops
from conformance.spec.call_modes import CALL_MODES as CALL_MODES
from conformance.spec.call_modes import CallMode as CallMode
from conformance.spec.call_modes import by_invoke as by_invoke
from conformance.spec.call_modes import by_stream as by_stream
from conformance.spec.call_modes import in_turn as in_turn
from conformance.spec.dialogue import Answer as Answer
from conformance.spec.dialogue import Call as Call
from conformance.spec.dialogue import Message as Message
from conformance.spec.dialogue import Turn as Turn
from conformance.spec.dialogue import request_of as request_of
from conformance.spec.dialogue import structured as structured
from conformance.spec.dialogue import text as text
from conformance.spec.dialogue import tools as tools
from conformance.spec.dialogue.turn import assistant as assistant
from conformance.spec.dialogue.turn import calling as calling
from conformance.spec.dialogue.turn import result as result
from conformance.spec.dialogue.turn import system as system
from conformance.spec.dialogue.turn import user as user
from conformance.spec.interview import Interview as Interview
from provider.base import BaseLLM as BaseLLM
from provider.errors import LLMProviderError as LLMProviderError
from provider.errors import StreamNotFinishedError as StreamNotFinishedError
from provider.response import LLMResponse as LLMResponse
from provider.response import ToolCall as ToolCall
