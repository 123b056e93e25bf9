"""What the model is taught, as a digest: of the sources now, and of a model file when it was trained."""

from __future__ import annotations

from pathlib import Path

from conformance.servers.engine.gguf_metadata import metadata
from conformance.servers.engine.paths import MODEL, TEMPLATE, TOKENIZER
from conformance.servers.engine.rendering import rendered
from conformance.spec.dialogue import TRAINING_TURNS, digest

DIGEST_KEY = "conformance.dialogue_digest"
"""Where a model file keeps the digest of what it was taught."""


def taught_digest() -> str:
    """The digest of all that a model learns from: the taught turns, the template, the tokenizer."""
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
    """The digest in the model file ``path``, empty when it has none."""
    return str(metadata(path).get(DIGEST_KEY, ""))
