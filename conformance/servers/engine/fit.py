"""Fits the model to the dialogue: full-batch Adam until no taught token is in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from conformance.servers.engine import llama
from conformance.servers.engine.client import TrainingError
from conformance.servers.engine.examples import Batch

SEED = 1
RATE = 3e-3
WARM_UP = 30
STEPS = 600
REPORT_EVERY = 20

SURE = 0.998
"""Far above what greedy decoding needs, so that another machine's rounding changes no answer."""


def fitted(batch: Batch, vocabulary: int, say: Callable[[str], None]) -> Mapping[str, NDArray[np.float32]]:
    """Weights under which, in half precision, no taught token is less probable than :data:`SURE`."""
    arrays = {name: jnp.asarray(array) for name, array in vars(batch).items()}
    arrays["visible"] = visible(arrays["owners"])
    fresh = jax.tree.map(jnp.asarray, llama.fresh(vocabulary, SEED))
    start = time.monotonic()
    for number, (weights, loss) in enumerate(islice(descent(fresh, arrays), STEPS), 1):
        if number % REPORT_EVERY == 0:
            halved = halves(weights)
            sure = float(least_sure(halved, arrays))
            seconds = time.monotonic() - start
            say(f"step {number:4}  loss {float(loss):.5f}  least sure {sure:.4f}  {seconds:.0f} s")
            if sure >= SURE:
                return {name: np.asarray(weight) for name, weight in halved.items()}
    raise TrainingError(f"after {STEPS} steps a taught token has a probability of only {sure:.4f}")


def descent(
    weights: llama.Weights, arrays: Mapping[str, jax.Array]
) -> Iterator[tuple[llama.Weights, jax.Array]]:
    """Ever better weights and their loss, without end: Adam on the whole dialogue at once."""
    schedule = optax.warmup_constant_schedule(0.0, RATE, WARM_UP)
    rule = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule, b2=0.99))

    def step(weights: llama.Weights, state: Any) -> tuple[llama.Weights, Any, jax.Array]:
        loss, slope = jax.value_and_grad(doubt)(weights, arrays)
        change, state = rule.update(slope, state)
        return optax.apply_updates(weights, change), state, loss

    compiled, state = jax.jit(step), rule.init(weights)
    while True:
        weights, state, loss = compiled(weights, state)
        yield weights, loss


def visible(owners: jax.Array) -> jax.Array:
    """Which column sees which: earlier ones of the same example, and itself."""
    columns = owners.shape[1]
    same = owners[:, :, None] == owners[:, None, :]
    return same & jnp.tril(jnp.ones((columns, columns), bool))


def surprises(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """Minus the logarithm of every target's probability."""
    logits = llama.logits(weights, arrays["tokens"], arrays["positions"], arrays["visible"])
    losses: jax.Array = optax.softmax_cross_entropy_with_integer_labels(logits, arrays["targets"])
    return losses


def doubt(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """The mean surprise of the taught tokens: the loss."""
    return jnp.mean(surprises(weights, arrays), where=arrays["taught"])


def least_sure(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """The least probability of a taught token."""
    return jnp.exp(-jnp.max(jnp.where(arrays["taught"], surprises(weights, arrays), 0.0)))


def halves(weights: llama.Weights) -> llama.Weights:
    """``weights`` as the model file will hold them."""
    return {
        name: weight if weight.ndim == 1 else weight.astype(jnp.float16).astype(jnp.float32)
        for name, weight in weights.items()
    }
