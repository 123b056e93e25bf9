"""Capabilities of a model and its server: declared and checked, or measured and shown."""

from __future__ import annotations

import base64
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
    "json_schema": (structured.PERSON, lambda answer: answer.content != ""),
    "json_object": (structured.ANY_OBJECT, lambda answer: answer.content != ""),
    "image": (SEEN, lambda answer: answer.content != ""),
    "reasoning": (structured.REASONED, lambda answer: answer.reasoning != ""),
    "cached_tokens": (text.LONG_MEMORY, lambda answer: bool(answer.cached_prompt_tokens)),
}
"""What is asked for each, and what an answer with the right text must have to show that it can."""


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

    answers = (interview.invoke(turn), interview.stream(turn))
    found = {_found(answer, turn, shows) for answer in answers}

    if capability in ("reasoning", "cached_tokens"):
        found = {max(found)}  # not every answer has them: one answer shows that they are there
    assert len(found) == 1, f"invoke and stream disagree: {sorted(found)}"
    measured(*found)
    declared = target.capabilities.get(capability)
    assert declared is None or found == {"yes" if declared else "refused"}, (
        f"{capability} is declared {'' if declared else 'not '}to be there, and is measured: {found.pop()}"
    )


def _found(answer: LLMResponse, turn: Turn, shows: Callable[[LLMResponse], bool]) -> str:
    """``yes``, ``refused`` with an error that no second try would change, or ``ignored``.

    A wrong answer shows nothing, whatever form it has.
    """
    if answer.is_error:
        assert answer.error_kind == "bad_request", f"{answer.error_kind}: {answer.error}"
        return "refused"
    is_right = turn.matcher(answer.content) == turn.matcher(turn.answer.text)
    return "yes" if is_right and shows(answer) else "ignored"
