"""The environment of a run: variables that a developer has exported do not change a result."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.servers.scripted.dialects import DIALECTS

_REMOVED = r"(HTTPS?|ALL|NO|FTP)_PROXY|.*_API_(KEY|BASE|TOKEN|VERSION)|LITELLM_.*"
"""Proxies, and what SDKs read a key, an address or a setting from; each dialect names further prefixes."""

_SET = {
    # Without them litellm fetches a price list and reads the nearest .env file.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}


@contextmanager
def own_environment() -> Iterator[None]:
    """Remove provider and proxy variables for the time of a run."""
    before = dict(os.environ)
    own = "|".join(prefix for each in DIALECTS.values() for prefix in each.environment)
    removed = re.compile(f"{_REMOVED}|({own})_.*", re.I)
    for name in before:
        if removed.fullmatch(name):
            del os.environ[name]
    os.environ.update(_SET)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
