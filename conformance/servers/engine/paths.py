"""The paths of the engine's files."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent

MODEL = HERE / "model" / "tiny.gguf"
"""The trained model, written by ``conformance.servers.engine.train``."""

TOKENIZER = HERE / "model" / "tokenizer.json"
"""The frozen tokenizer: another one would change the recorded token counts."""

TEMPLATE = HERE / "template.jinja"
"""The chat template that is written into the model."""
