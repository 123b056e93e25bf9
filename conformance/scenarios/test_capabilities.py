"""Capabilities of a model and its server: declared and checked, or measured and shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.scenarios.test_attachments import picture
from conformance.testing import (
    CAPABILITIES,
    Interview,
    LLMResponse,
    Measured,
    Target,
    Turn,
    structured,
    text,
    tools,
)

PICTURE = f"data:image/png;base64,{base64.b64encode(picture('PNG')).decode()}"
SEEN = replace(
    text.GREETING,
    messages=[
        {
            "role": "user",
            "content": [
                {"type": "text", "text": text.GREETING.messages[0]["content"]},
                {"type": "image_url", "image_url": {"url": PICTURE}},
            ],
        }
    ],
)

PROBES: dict[str, tuple[Turn, Callable[[LLMResponse], bool]]] = {
    "tools": (tools.ONE_CALL, lambda answer: len(answer.tool_calls) == 1),
    "parallel_tools": (tools.PARALLEL, lambda answer: len(answer.tool_calls) == 2),
    "json_schema": (structured.PERSON, lambda answer: _object(answer) == {"name": "Ada", "age": 36}),
    "json_object": (structured.ANY_OBJECT, lambda answer: _object(answer) == {"ok": True}),
    "image": (SEEN, lambda answer: answer.content != ""),
    "reasoning": (structured.REASONED, lambda answer: answer.reasoning != ""),
    "cached_tokens": (text.LONG_MEMORY, lambda answer: bool(answer.cached_prompt_tokens)),
}
"""What is asked for each, and how an answer shows that it can."""


@pytest.mark.core
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_capability(capability: str, target: Target, interview: Interview, measured: Measured) -> None:
    """A target does what it declares as supported, and refuses with an error what it declares as unsupported.

    A capability that is not declared is measured and shown. An option that is dropped silently is a missing
    capability (BerriAI/litellm#17658: with drop_params, tool_choice and response_format go silently).
    """
    turn, shows = PROBES[capability]
    if capability == "cached_tokens":
        interview.invoke(turn)  # the first to ask fills the cache

    found = {_found(answer, shows) for answer in (interview.invoke(turn), interview.stream(turn))}

    if capability in ("reasoning", "cached_tokens"):
        found = {max(found)}  # not every answer has them: one answer shows that they are there
    assert len(found) == 1, f"invoke and stream disagree: {sorted(found)}"
    measured(*found)
    declared = target.capabilities.get(capability)
    assert declared is None or found == {"yes" if declared else "refused"}, (
        f"{capability} is declared {'' if declared else 'not '}to be there, and is measured: {found.pop()}"
    )


def _found(answer: LLMResponse, shows: Callable[[LLMResponse], bool]) -> str:
    """``yes``, ``refused`` with an error that no second try would change, or ``ignored``."""
    if answer.is_error:
        assert answer.error_kind == "bad_request", f"{answer.error_kind}: {answer.error}"
        return "refused"
    return "yes" if shows(answer) else "ignored"


def _object(answer: LLMResponse) -> object:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None
