"""Wires of plain text: one prompt goes out and a text comes back, without tools, images and ids."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects.dialect import Dialect, Usage, uncached
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer


class TextOnly(Dialect):
    """A wire whose request holds the whole conversation in one prompt."""

    message: ClassVar[re.Pattern[str]]
    """Matches one message in a prompt; the group that is named for its role holds its text."""

    @abstractmethod
    def whole_prompt(self, request: Request) -> str:
        """The prompt of ``request``."""

    @override
    def told(self, usage: Usage) -> dict[str, int]:
        return uncached(usage)

    @override
    def texts(self, request: Request) -> list[str]:
        found = self.message.finditer(self.whole_prompt(request))
        return [str(each[each.lastgroup]) for each in found if each.lastgroup]

    @override
    def prompt_of(self, request: Request) -> str:
        found = self.message.finditer(self.whole_prompt(request))
        return [str(each["user"]) for each in found if each.lastgroup == "user"][-1]

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
