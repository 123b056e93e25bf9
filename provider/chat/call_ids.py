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
        return identifier if self.accepts(identifier) else self.made_of(identifier)

    def made_of(self, text: str) -> str:
        """An id that stands for a text, the same at every call."""
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.prefix}{digest[: self.digits]}"


OPENAI = IdForm(re.compile(r".{1,64}", re.S))
ANTHROPIC = IdForm(re.compile(r"[A-Za-z0-9_-]{1,64}"))
"""That of Claude, and of all models at Bedrock."""
MISTRAL = IdForm(re.compile(r"[A-Za-z0-9]{9}"), prefix="", digits=9)
ANY = IdForm(re.compile(r".*", re.S))
"""Gemini's: litellm keeps the signature of a call in its id."""

_SIGNED = "__thought__"
"""What stands between such an id and the signature."""


def is_common(identifier: str) -> bool:
    """Whether every provider but Mistral accepts the id."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,40}", identifier) is not None


def fit_ids(
    messages: Sequence[dict[str, Any]], form: IdForm, own: frozenset[Any], foreign: frozenset[Any]
) -> None:
    """Replace the ids in ``messages`` that the receiver refuses, in calls and results alike.

    A call without an id gets one, and so does one with the id of another: some servers number the calls of
    each answer anew, and Anthropic refuses an id that comes twice. Results find their calls by their ids, and
    where these do not tell by their order.

    Args:
        messages: copies, which are changed.
        form: the ids that the receiver accepts.
        own: those that the receiver has given itself; they stay.
        foreign: those that another provider has given; its signature in one is not sent.
    """
    taken: set[str] = set()
    waiting: list[tuple[str, str]] = []
    for message in messages:
        if calls := _calls(message):
            waiting = []
            for call in calls:
                given = _text(call.get("id"))
                is_own = given in own and all(given != sent for _, sent in waiting)
                is_signed = given in foreign and _SIGNED in given
                call["id"] = given if is_own else _free_id(given, form, taken, is_refused=is_signed)
                taken.add(call["id"])
                waiting.append((given, call["id"]))
        elif message["role"] == "tool":
            given = _text(message.get("tool_call_id"))
            found = next((each for each in waiting if each[0] == given), None)
            if found is None and not given and waiting:
                found = waiting[0]
            if found is None:
                message["tool_call_id"] = given if given in own else form.fitting(given)
                continue
            message["tool_call_id"] = found[1]
            if len([each for each in waiting if each[0] == found[0]]) > 1 or not given:
                waiting.remove(found)


def _free_id(given: str, form: IdForm, taken: set[str], *, is_refused: bool) -> str:
    """The id to send for one that is given: itself where it is accepted, and is not taken."""
    identifier = (form.made_of(given) if is_refused else form.fitting(given)) if given else ""
    number = len(taken)
    while not identifier or identifier in taken:
        identifier = form.made_of(f"{given} {number}")
        number += 1
    return identifier


def ids_of(message: Mapping[str, Any]) -> list[Any]:
    """The ids of the calls of a message."""
    return [call.get("id") for call in mappings(message.get("tool_calls")) if isinstance(call.get("id"), str)]


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return calls


def _text(identifier: Any) -> str:
    """An id as text; some applications number their calls, or have none."""
    return "" if identifier is None else str(identifier)
