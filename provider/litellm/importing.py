"""Imports litellm without the side effects of its import on network and environment."""

from __future__ import annotations

import os
import threading
from typing import Any

from provider.errors import refused

_IMPORTING = threading.Lock()

_QUIET_IMPORT = {
    # Without these, importing litellm fetches a price list and reads the nearest .env file.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    # Without this one, the first request that needs a beta header of Anthropic's fetches a list of them.
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
}
_SET_BY_IMPORT = (*_QUIET_IMPORT, "TIKTOKEN_CACHE_DIR")
"""The variables to restore after the import; all others may be set by another thread meanwhile."""


def imported_litellm() -> Any:
    """Import litellm without its start-up fetch, and leave the environment as it was.

    Raises:
        LLMProviderError: it is not installed; the message says how to install it.
    """
    with _IMPORTING:
        before = {name: os.environ.get(name) for name in _SET_BY_IMPORT}
        os.environ.update(_QUIET_IMPORT)
        try:
            import litellm

            _keep_beta_headers()
        except ImportError as error:
            extra = "pip install 'llm-backend-conformance[litellm]'"
            raise refused(f"litellm is not installed ({error}): {extra}") from None
        finally:
            _restore_environment(before)
    litellm.suppress_debug_info = True
    return litellm


def _keep_beta_headers() -> None:
    """Let litellm read and cache its list of Anthropic's beta headers now, from its own package."""
    from litellm.anthropic_beta_headers_manager import get_provider_name

    get_provider_name("anthropic")


def _restore_environment(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
