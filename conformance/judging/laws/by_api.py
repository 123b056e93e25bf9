"""Which laws an API is judged by."""

from __future__ import annotations

import re

from conformance.judging.api import Api
from conformance.judging.chat import Chat
from conformance.judging.law import Law, Laws
from conformance.judging.laws import (
    answers,
    chat_answer,
    chat_options,
    chat_stream,
    equality,
    forms,
    limits,
    message_answer,
    message_stream,
    refusals,
    response_answer,
    response_parts,
    response_stream,
    tools,
    usage,
)
from conformance.judging.messages import Messages
from conformance.judging.responses import Responses

APIS: dict[str, Api] = {each.name: each for each in (Chat(), Messages(), Responses())}
"""The APIs by their names."""

_BOTH = (answers.LAWS, equality.LAWS, limits.LAWS, usage.LAWS, tools.LAWS)
_CHAT = (forms.ANSWER, chat_answer.LAWS, forms.STREAM, chat_stream.LAWS, *_BOTH, chat_options.LAWS)
_MESSAGES = (forms.ANSWER, message_answer.LAWS, forms.STREAM, message_stream.LAWS, *_BOTH)
_RESPONSES = (
    forms.ANSWER,
    response_answer.LAWS,
    forms.STREAM,
    response_stream.LAWS,
    response_parts.LAWS,
    *_BOTH,
)

_NOT_OF_RESPONSES = re.compile("stop_sequence|stopped|max_tokens_cuts|a_cut_stream|cut_short")
"""Responses have no stop sequences, and OpenAI refuses a limit below 16, for which there are own laws."""


def _of(*groups: Laws) -> list[Law]:
    return [law for group in groups for law in group.laws]


LAWS: dict[str, list[Law]] = {
    Chat.name: _of(*_CHAT, refusals.LAWS),
    Messages.name: [
        # The other capabilities are parameters that only OpenAI's API has.
        law
        for law in _of(*_MESSAGES, refusals.LAWS)
        if law.capability in (None, "tools", "parallel_tools")
    ],
    Responses.name: [
        law
        for law in _of(*_RESPONSES, refusals.LAWS)
        if law.capability not in ("logprobs", "n") and not _NOT_OF_RESPONSES.search(law.name)
    ],
}
"""The laws of each API, in the order in which they are asked."""
