"""The frozen tokenizer: every training reads it, and it is trained only by
``python -m conformance.servers.engine.tokenizer``.

A tokenizer trained on other texts counts tokens differently (measured: one more
dialogue changed the counts of 1 of 16 texts), and token counts are recorded. So
it is committed, and training the model never trains it again. Its alphabet has
all 256 bytes, so it can encode every later dialogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.servers.engine.paths import TOKENIZER
from conformance.servers.engine.rendering import CONTROL, MARKUP, rendered
from conformance.spec.dialogue import TRAINING_TURNS

SIZE = 768


@dataclass(frozen=True)
class Tokenizer:
    """A byte-level BPE: its tokens by number, its merges in their order."""

    tokens: tuple[str, ...]
    merges: tuple[str, ...]

    def number(self, token: str) -> int:
        """The number of ``token``."""
        return self.tokens.index(token)


def read(path: Path = TOKENIZER) -> Tokenizer:
    """The tokenizer in ``path``, a ``tokenizer.json`` of Hugging Face's tokenizers."""
    model: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["model"]
    vocabulary: dict[str, int] = model["vocab"]
    return Tokenizer(
        tokens=tuple(sorted(vocabulary, key=vocabulary.__getitem__)),
        merges=tuple(" ".join(pair) for pair in model["merges"]),
    )


def corpus() -> Iterator[str]:
    """Every text of the dialogue that reaches the model."""
    for turn in TRAINING_TURNS:
        for tool in turn.tools:
            yield f"{tool['function']['name']}: {tool['function']['description']}"
        for message in turn.messages:
            yield message["content"]
        yield rendered(turn.answer)


def freeze(path: Path = TOKENIZER) -> None:
    """Train a tokenizer on the dialogue and write it to ``path``."""
    from tokenizers import Tokenizer as Trainee
    from tokenizers import models, pre_tokenizers, trainers

    trainee = Trainee(models.BPE())
    # Split as GPT-2 does: the server uses the same rule under the name "gpt-2".
    trainee.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[*CONTROL, *MARKUP],
        show_progress=False,
    )
    trainee.train_from_iterator(corpus(), trainer)
    trainee.save(str(path))


if __name__ == "__main__":
    try:
        freeze()
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"this needs {missing.name}, which is not installed: pip install 'llm-backend-conformance[train]'"
        ) from missing
