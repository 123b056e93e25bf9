"""What well-known models can do, from the table inside the litellm package, read without importing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_TABLE = "model_prices_and_context_window_backup.json"
_FLAGS = {"image": "supports_vision", "audio": "supports_audio_input", "video": "supports_video_input"}


def known_capabilities(model_name: str) -> dict[str, bool]:
    """Whether this model accepts each modality that the table mentions for it; the others are unknown."""
    entry = _entry(model_name)
    return {modality: bool(entry[flag]) for modality, flag in _FLAGS.items() if entry.get(flag) is not None}


def known_context_size(model_name: str) -> int | None:
    """The context window in tokens, None where the table does not know the model."""
    size = _entry(model_name).get("max_input_tokens")
    return size if isinstance(size, int) else None


def is_reasoning_model(model_name: str) -> bool:
    """Whether the table says that the model reasons."""
    return bool(_entry(model_name).get("supports_reasoning"))


def _entry(model_name: str) -> Mapping[str, Any]:
    """The model's row, by its full name or by the name after the route."""
    table = _table()
    entry = table.get(model_name) or table.get(model_name.partition("/")[2])
    return entry if isinstance(entry, Mapping) else {}


@cache
def _table() -> Mapping[str, Any]:
    """The table, empty where litellm is not installed; reading its 3 MB takes 40 ms, once a process."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    try:
        table = json.loads(Path(spec.origin).with_name(_TABLE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, Mapping) else {}
