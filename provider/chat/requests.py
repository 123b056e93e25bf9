"""Requests: the options of sending, apart from the body, and copies of what the caller gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.errors import refused
from provider.json_values import mapping

SEND_OPTIONS = ("timeout", "extra_headers")
"""The keyword arguments of a call that say how it is sent and do not go into its body."""


def split_options(request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body of a request, and its ``SEND_OPTIONS``."""
    body = {name: value for name, value in request.items() if name not in SEND_OPTIONS}
    return body, {name: request[name] for name in SEND_OPTIONS if name in request}


def copied(value: Any) -> Any:
    """A copy of the mappings and lists in ``value``: SDKs write into what they are given."""
    if isinstance(value, Mapping):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def with_only_the_chosen_tool(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with the tool that ``tool_choice`` names as its only one, for servers that take no name.

    Raises:
        LLMProviderError: ``bad_request``, when it is not among the tools.
    """
    named = mapping(mapping(request.get("tool_choice")).get("function")).get("name")
    if named is None:
        return dict(request)
    offered = request.get("tools", ())
    tools = [tool for tool in offered if mapping(mapping(tool).get("function")).get("name") == named]
    if not tools:
        raise refused(f"tool_choice names {named!r}, which is not among the tools")
    return {**request, "tools": tools, "tool_choice": "required"}
