"""A law describes what is wrong with a response, even with one whose fields have other types.

Unit tests: no backend of this repository breaks a law so badly. Scenarios show that backends obey the laws,
``make mutants`` shows that the laws notice a fault.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.spec import laws
from provider.response import LLMResponse, ToolCall

CALL: ToolCall = {"id": "call_1", "name": "weather", "arguments": "{}"}


@pytest.mark.parametrize(
    ("tool_calls", "message"),
    [
        (None, "tool_calls is None, not a list"),
        ([{"name": "weather", "arguments": "{}"}], r"a tool call has the fields \['arguments', 'name'\]"),
        ([{**CALL, "id": ""}], "a tool call has no id"),
        ([CALL, CALL], "tool calls share the id call_1"),
        ([{**CALL, "arguments": {}}], "arguments are {}, not JSON text"),
    ],
    ids=["no list", "no id", "empty id", "same id", "no text"],
)
def test_a_malformed_tool_call_is_described(tool_calls: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        laws.well_formed(LLMResponse(tool_calls=tool_calls))


def test_a_well_formed_tool_call_passes() -> None:
    laws.well_formed(LLMResponse(tool_calls=[CALL, {**CALL, "id": "call_2"}]))
