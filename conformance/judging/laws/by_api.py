"""Which laws an API is judged by."""

from __future__ import annotations

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
    tools,
    usage,
)
from conformance.judging.messages import Messages

APIS: dict[str, Api] = {each.name: each for each in (Chat(), Messages())}
"""The APIs by their names."""

_BOTH = (answers.LAWS, equality.LAWS, limits.LAWS, usage.LAWS, tools.LAWS)
_CHAT = (forms.ANSWER, chat_answer.LAWS, forms.STREAM, chat_stream.LAWS, *_BOTH, chat_options.LAWS)
_MESSAGES = (forms.ANSWER, message_answer.LAWS, forms.STREAM, message_stream.LAWS, *_BOTH)


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
}
"""The laws of each API, in the order in which they are asked."""
