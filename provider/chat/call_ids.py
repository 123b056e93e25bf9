"""Ids of tool calls that the receiver accepts: each provider has a rule, which the ids of others break."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from provider.json_values import mappings


@dataclass(frozen=True)
class IdForm:
    """The ids that a provider accepts.

    Attributes:
        accepted: matches all of an id that is accepted.
        prefix: the beginning of an id that stands for another.
        digits: how many hexadecimal digits follow it.
    """

    accepted: re.Pattern[str]
    prefix: str = "call_"
    digits: int = 24

    def accepts(self, identifier: str) -> bool:
        """Whether the provider accepts the id."""
        return self.accepted.fullmatch(identifier) is not None

    def fitting(self, identifier: str) -> str:
        """The id itself, or one that stands for it, the same at every call."""
        if self.accepts(identifier):
            return identifier
        digest = sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.prefix}{digest[: self.digits]}"


OPENAI = IdForm(re.compile(r".{0,64}", re.S))
ANTHROPIC = IdForm(re.compile(r"[A-Za-z0-9_-]{0,64}"))
"""That of Claude, and of all models at Bedrock."""
MISTRAL = IdForm(re.compile(r"[A-Za-z0-9]{9}|"), prefix="", digits=9)
ANY = IdForm(re.compile(r".*", re.S))
"""Gemini's: litellm keeps the signature of a call in its id."""


def is_common(identifier: str) -> bool:
    """Whether every provider but Mistral accepts the id."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,40}", identifier) is not None


def fit_ids(messages: Sequence[dict[str, Any]], form: IdForm, own: frozenset[Any]) -> None:
    """Replace the ids in ``messages`` that the receiver refuses, in calls and results alike.

    Args:
        messages: copies, which are changed.
        form: the ids that the receiver accepts.
        own: those that the receiver has given itself; they stay.
    """
    for message in messages:
        for holder, field in [(message, "tool_call_id"), *((call, "id") for call in _calls(message))]:
            identifier = holder.get(field)
            if isinstance(identifier, str) and identifier not in own:
                holder[field] = form.fitting(identifier)


def ids_of(message: Mapping[str, Any]) -> list[Any]:
    """The ids of the calls of a message."""
    return [call.get("id") for call in mappings(message.get("tool_calls")) if isinstance(call.get("id"), str)]


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return calls
