"""The parameters of chat completions that litellm drops on a route, and those that it must not drop."""

from __future__ import annotations

import logging
from typing import Any

from provider.chat.requests import SEND_OPTIONS
from provider.errors import refused

logger = logging.getLogger(__name__)

_TOOLS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})


def dropped_parameters(litellm: Any, route: str, model: str) -> frozenset[str]:
    """The parameters that litellm drops on this route, for lack of support."""
    supported = litellm.get_supported_openai_params(model, custom_llm_provider=route)
    if supported is None:
        return frozenset()
    known = frozenset(litellm.OPENAI_CHAT_COMPLETION_PARAMS)
    return known - {*supported, *SEND_OPTIONS, "stream_options"}


def kept_parameters(litellm: Any, route: str, model: str, dropped: frozenset[str]) -> list[str]:
    """Those of the dropped parameters that are sent nevertheless: the tools, where litellm only guesses.

    On many routes litellm drops the tools of every model that is missing from its price table, as new ones
    are, and the model answers without them (BerriAI/litellm#21244, calebevans/mulder#207). The server knows
    whether it has tools.
    """
    is_known = not {model, f"{route}/{model}"}.isdisjoint(litellm.model_cost)
    return [] if is_known or not _has_tools(route, model) else sorted(_TOOLS & dropped)


def _has_tools(route: str, model: str) -> bool:
    """Whether requests of this route have a place for tools: chat completions, and Bedrock's Converse."""
    from litellm.llms.openai.chat.gpt_transformation import OpenAIGPTConfig
    from litellm.llms.openai.openai import OpenAIConfig
    from litellm.types.utils import LlmProviders
    from litellm.utils import ProviderConfigManager

    if route == "bedrock":
        return model.startswith("converse/")
    if route.startswith("text-completion-") or route not in {each.value for each in LlmProviders}:
        return False
    config = ProviderConfigManager.get_provider_chat_config(model, LlmProviders(route))
    return isinstance(config, OpenAIGPTConfig | OpenAIConfig)


_DEMANDS = ("tools", "response_format")
"""The parameters without which an answer is not what was asked for: they are never dropped."""


def check_dropped(model: str, dropped: list[str]) -> None:
    """Log the parameters of a request that litellm will drop silently.

    Raises:
        LLMProviderError: ``bad_request`` for a demand among them.
    """
    if demands := [name for name in _DEMANDS if name in dropped]:
        raise refused(f"{model}: this route has no {' and no '.join(demands)}")
    if dropped:
        logger.warning("%s: not sent, for this route has no such parameter: %s", model, ", ".join(dropped))
