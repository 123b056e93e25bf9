"""Trains the engine's model again: ``python -m conformance.servers.engine.train``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from conformance.servers.engine import tokenizer
from conformance.servers.engine.client import TrainingError, connect, mismatch
from conformance.servers.engine.digest import taught_digest
from conformance.servers.engine.paths import MODEL
from conformance.servers.engine.process import Engine, EngineError
from conformance.spec.dialogue import TRAINING_TURNS


def say(line: str) -> None:
    """Print one line of progress."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def train(target: Path) -> None:
    """Train a model on the dialogue, check it through the real server, and write it to ``target``."""
    from conformance.servers.engine import examples, fit, gguf_file, llama

    words = tokenizer.read()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        # The server renders and tokenizes the dialogue; for that its model need not be trained.
        gguf_file.write(path, llama.initial_weights(len(words.tokens), fit.SEED), words, digest="")
        with Engine(model=path) as engine, connect(engine.url) as client:
            batch = examples.batch([examples.example(client, turn) for turn in TRAINING_TURNS])
        say(f"{len(TRAINING_TURNS)} turns, {batch.taught.sum()} answer tokens, in {len(batch.tokens)} rows")
        gguf_file.write(path, fit.fit(batch, len(words.tokens), say), words, taught_digest())
        check(path)
        target.write_bytes(path.read_bytes())
    say(f"{target.name}: {target.stat().st_size:,} bytes")


def check(path: Path) -> None:
    """Ask the model in ``path`` every taught turn.

    Raises:
        TrainingError: an answer is not exact.
    """
    with Engine(model=path) as engine, connect(engine.url) as client:
        mismatches = [found for turn in TRAINING_TURNS if (found := mismatch(client, turn))]
    if mismatches:
        raise TrainingError(
            "\n".join(["the model does not answer exactly and was not written:", *mismatches])
        )
    say(f"{len(TRAINING_TURNS)} of {len(TRAINING_TURNS)} answers are exact")


def main() -> None:
    """Train the model and print how long it took."""
    start = time.monotonic()
    try:
        train(MODEL)
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"training needs {missing.name}, which is not installed: "
            "pip install 'llm-backend-conformance[engine,train]'"
        ) from missing
    except (EngineError, TrainingError) as failure:
        raise SystemExit(str(failure)) from failure
    say(f"done in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
