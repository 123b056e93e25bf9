"""Builds backends from the settings of an application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, overload

from provider.base import AsyncBaseLLM
from provider.chat.backend import ChatLLM
from provider.litellm import AsyncLiteLLM, LiteLLM
from provider.lmstudio import AsyncLMStudioLLM, LMStudioLLM
from provider.openai import AsyncOpenAILLM, OpenAILLM

CLASSES: dict[str, type[OpenAILLM | LMStudioLLM | LiteLLM]] = {
    "OpenAILLM": OpenAILLM,
    "LMStudioLLM": LMStudioLLM,
    "LiteLLM": LiteLLM,
}


ASYNC_CLASSES: dict[str, type[AsyncOpenAILLM | AsyncLMStudioLLM | AsyncLiteLLM]] = {
    "OpenAILLM": AsyncOpenAILLM,
    "LMStudioLLM": AsyncLMStudioLLM,
    "LiteLLM": AsyncLiteLLM,
}
"""Of the same names, for applications with an event loop."""


@overload
def build_llm_from_profile(
    model_name: str, profile: Mapping[str, Any], *, asynchronous: Literal[False] = False
) -> ChatLLM: ...


@overload
def build_llm_from_profile(
    model_name: str, profile: Mapping[str, Any], *, asynchronous: Literal[True]
) -> AsyncBaseLLM: ...


def build_llm_from_profile(
    model_name: str, profile: Mapping[str, Any], *, asynchronous: bool = False
) -> ChatLLM | AsyncBaseLLM:
    """Build a backend, without loading it.

    Args:
        model_name: the model, as the provider calls it.
        profile: ``llm_service_class`` (``OpenAILLM`` where absent), ``llm_api_key`` (the key, or the name
            of the environment variable that holds it, read at load), ``llm_endpoint``,
            ``llm_context_size`` (tokens), ``prompt_cache_key`` and ``prompt_cache_retention`` (sent to
            OpenAI only), ``llm_options`` (further arguments of the class, such as ``vertex_project``).
        asynchronous: whether its methods are awaited.

    Raises:
        ValueError: the class is unknown.
    """
    name = profile.get("llm_service_class") or "OpenAILLM"
    if name not in CLASSES:
        raise ValueError(f"unknown llm_service_class {name!r} for {model_name}; known: {', '.join(CLASSES)}")
    settings: dict[str, Any] = {"api_key": profile.get("llm_api_key"), **(profile.get("llm_options") or {})}
    if profile.get("llm_endpoint"):
        settings["base_url"] = profile["llm_endpoint"]
    build = ASYNC_CLASSES[name] if asynchronous else CLASSES[name]
    llm = build(model_name, **settings)
    llm.prompt_cache_key = profile.get("prompt_cache_key") or llm.prompt_cache_key
    llm.prompt_cache_retention = profile.get("prompt_cache_retention") or llm.prompt_cache_retention
    llm.context_size = int(profile.get("llm_context_size") or 0) or llm.context_size
    return llm
