"""The environment of a run: variables that a developer has exported do not change a result."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

_REMOVED = re.compile(
    r"(HTTPS?|ALL|NO|FTP)_PROXY"
    r"|.*_API_(KEY|BASE|TOKEN|VERSION)"
    r"|(OPENAI|ANTHROPIC|AZURE|GEMINI|GOOGLE|VERTEXAI|AWS|MISTRAL|GROQ|COHERE|LITELLM|LM|LMSTUDIO)_.*",
    re.I,
)
"""Proxies, and every variable from which an SDK reads a key, an address or a setting."""

_SET = {
    # Without them litellm fetches a price list and reads the nearest .env file.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}


@contextmanager
def own_environment() -> Iterator[None]:
    """Remove provider and proxy variables for the time of a run."""
    before = dict(os.environ)
    for name in before:
        if _REMOVED.fullmatch(name):
            del os.environ[name]
    os.environ.update(_SET)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
