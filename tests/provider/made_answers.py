"""Answers as an application's tests make them, in place of those of an SDK."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

CALL: dict[str, Any] = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
}


def namespace(value: Any) -> Any:
    """JSON as objects with attributes."""
    if isinstance(value, list):
        return [namespace(item) for item in value]
    return (
        SimpleNamespace(**{k: namespace(v) for k, v in value.items()}) if isinstance(value, dict) else value
    )


def model(value: dict[str, Any]) -> Any:
    """JSON as a model of litellm's."""
    from litellm import ModelResponse, ModelResponseStream

    streamed = "delta" in value["choices"][0]
    return ModelResponseStream(**value) if streamed else ModelResponse(**value)


def mock(value: dict[str, Any]) -> Any:
    """JSON as a mock with attributes, of which all others exist as well."""
    made = MagicMock()
    for name, each in value.items():
        setattr(made, name, _mocked(name, each))
    return made


def _mocked(name: str, value: Any) -> Any:
    if name == "tool_calls":  # the name of a mock is not an attribute that can be given
        return namespace(value)
    if isinstance(value, list):
        return [mock(item) for item in value]
    return mock(value) if isinstance(value, dict) else value


def indexed_mock(value: dict[str, Any]) -> Any:
    """The same, with only the first item of its choices set."""
    made = mock(value)
    choices, made.choices = made.choices, MagicMock()
    made.choices.__getitem__.side_effect = lambda index: choices[index]
    return made


every_form = pytest.mark.parametrize("form", [dict, namespace, model, mock, indexed_mock])
