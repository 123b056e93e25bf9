"""The digest of what a model is taught: of the sources now, and as a model file keeps it."""

from __future__ import annotations

from pathlib import Path

from conformance.servers.engine.gguf_metadata import metadata
from conformance.servers.engine.paths import MODEL, TEMPLATE, TOKENIZER
from conformance.servers.engine.rendering import rendered
from conformance.spec.dialogue import TRAINING_TURNS, digest

DIGEST_KEY = "conformance.dialogue_digest"
"""The key of the digest in a model file."""


def taught_digest() -> str:
    """The digest of the taught turns, the template and the tokenizer."""
    turns = [
        {
            "messages": turn.messages,
            "tools": turn.tools,
            "params": turn.params,
            "answer": rendered(turn.answer),
        }
        for turn in TRAINING_TURNS
    ]
    files = [path.read_text(encoding="utf-8") for path in (TEMPLATE, TOKENIZER)]
    return digest({"turns": turns, "files": files})


def model_digest(path: Path = MODEL) -> str:
    """The digest in the model file ``path``; empty if it has none."""
    return str(metadata(path).get(DIGEST_KEY, ""))
