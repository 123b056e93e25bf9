"""An environment of the suite's own: what a developer has exported must not decide a result."""

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
"""Proxies, and everything that an SDK reads a key, an address or a setting from."""

_SET = {
    # litellm would fetch a price list and read the nearest .env file.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}


@contextmanager
def own_environment() -> Iterator[None]:
    """Take provider and proxy variables away for the time of a run."""
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
