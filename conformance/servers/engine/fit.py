"""Fits the model to the dialogue: full-batch Adam until every taught token is probable enough."""

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

MIN_PROBABILITY = 0.998
"""Far above what greedy decoding needs, so that rounding on another machine changes no answer."""


def fit(batch: Batch, vocabulary: int, say: Callable[[str], None]) -> Mapping[str, NDArray[np.float32]]:
    """Weights that, in half precision, give every taught token at least :data:`MIN_PROBABILITY`.

    Raises:
        TrainingError: they are not found within :data:`STEPS` steps.
    """
    arrays = {name: jnp.asarray(array) for name, array in vars(batch).items()}
    arrays["visible"] = visible(arrays["owners"])
    initial = jax.tree.map(jnp.asarray, llama.initial_weights(vocabulary, SEED))
    start = time.monotonic()
    for number, (weights, loss) in enumerate(islice(adam_steps(initial, arrays), STEPS), 1):
        if number % REPORT_EVERY == 0:
            halved = in_half_precision(weights)
            lowest = float(lowest_probability(halved, arrays))
            seconds = time.monotonic() - start
            say(f"step {number:4}  loss {float(loss):.5f}  lowest probability {lowest:.4f}  {seconds:.0f} s")
            if lowest >= MIN_PROBABILITY:
                return {name: np.asarray(weight) for name, weight in halved.items()}
    raise TrainingError(f"after {STEPS} steps a taught token has a probability of only {lowest:.4f}")


def adam_steps(
    weights: llama.Weights, arrays: Mapping[str, jax.Array]
) -> Iterator[tuple[llama.Weights, jax.Array]]:
    """The weights and their loss after each step of Adam on the whole dialogue, without end."""
    schedule = optax.warmup_constant_schedule(0.0, RATE, WARM_UP)
    rule = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule, b2=0.99))

    def step(weights: llama.Weights, state: Any) -> tuple[llama.Weights, Any, jax.Array]:
        loss, slope = jax.value_and_grad(mean_loss)(weights, arrays)
        change, state = rule.update(slope, state)
        return optax.apply_updates(weights, change), state, loss

    compiled, state = jax.jit(step), rule.init(weights)
    while True:
        weights, state, loss = compiled(weights, state)
        yield weights, loss


def visible(owners: jax.Array) -> jax.Array:
    """The attention mask: a token sees itself and the earlier tokens of its example."""
    columns = owners.shape[1]
    same = owners[:, :, None] == owners[:, None, :]
    return same & jnp.tril(jnp.ones((columns, columns), bool))


def cross_entropies(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """The cross entropy of every target."""
    logits = llama.logits(weights, arrays["tokens"], arrays["positions"], arrays["visible"])
    losses: jax.Array = optax.softmax_cross_entropy_with_integer_labels(logits, arrays["targets"])
    return losses


def mean_loss(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """The mean cross entropy of the taught tokens."""
    return jnp.mean(cross_entropies(weights, arrays), where=arrays["taught"])


def lowest_probability(weights: llama.Weights, arrays: Mapping[str, jax.Array]) -> jax.Array:
    """The lowest probability of a taught token."""
    return jnp.exp(-jnp.max(jnp.where(arrays["taught"], cross_entropies(weights, arrays), 0.0)))


def in_half_precision(weights: llama.Weights) -> llama.Weights:
    """``weights`` as the model file will hold them."""
    return {
        name: weight if weight.ndim == 1 else weight.astype(jnp.float16).astype(jnp.float32)
        for name, weight in weights.items()
    }
