"""Wires of plain text: one prompt goes out and a text comes back, without tools, images and ids."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects.dialect import Dialect
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer


class TextOnly(Dialect):
    """A wire whose request holds the whole conversation in one prompt."""

    tells_cached_tokens: ClassVar[bool] = False
    message: ClassVar[re.Pattern[str]]
    """Matches one message in a prompt; the group that is named for its role holds its text."""

    @abstractmethod
    def whole_prompt(self, request: Request) -> str:
        """The prompt of ``request``."""

    @override
    def conversation(self, request: Request) -> Any:
        return [request.json(), [text for _, text in self.messages(request)]]

    @override
    def prompt_of(self, request: Request) -> str:
        return [text for role, text in self.messages(request) if role == "user"][-1]

    def messages(self, request: Request) -> list[tuple[str, str]]:
        """The role and the text of each message in the prompt."""
        found = self.message.finditer(self.whole_prompt(request))
        return [(each.lastgroup, str(each[each.lastgroup])) for each in found if each.lastgroup]

    @override
    def tool_names(self, request: Request) -> list[str]:
        return []

    @override
    def tool_choice(self, request: Request) -> str:
        return "none"

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        return []

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return []


LLAMA_3 = re.compile(
    r"<\|start_header_id\|>(?:"
    r"system<\|end_header_id\|>\n\n(?P<system>.*?)"
    r"|user<\|end_header_id\|>\n\n(?P<user>.*?)"
    r"|assistant<\|end_header_id\|>\n\n(?P<assistant>.*?)"
    r")<\|eot_id\|>",
    re.DOTALL,
)
"""https://www.llama.com/docs/model-cards-and-prompt-formats/meta-llama-3/"""

MISTRAL = re.compile(
    r"\[INST\] \n(?P<system>.*?) \[/INST\]\n|\[INST\] (?P<user>.*?) \[/INST\]\n| (?P<assistant>.*?)</s> ",
    re.DOTALL,
)
"""https://docs.mistral.ai/guides/tokenization, with the system's text in instructions of its own."""
