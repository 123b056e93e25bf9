"""The model: a Llama of three layers in jax, as the ``llama`` architecture of GGUF computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, jax.Array]
"""The weights by their GGUF names; a matrix lies as (outputs, inputs)."""


@dataclass(frozen=True)
class Shape:
    """How large the model is."""

    layers: int = 3
    width: int = 128
    heads: int = 4
    hidden: int = 384
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """The width of one attention head."""
        return self.width // self.heads


SHAPE = Shape()

NORMS = ("attn_norm", "ffn_norm")
ATTENTION = ("attn_q", "attn_k", "attn_v", "attn_output")
FEED_FORWARD = ("ffn_gate", "ffn_up", "ffn_down")


def initial_weights(vocabulary: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """Random weights to start from."""
    random = np.random.default_rng(seed)

    def matrix(outputs: int, inputs: int) -> NDArray[np.float32]:
        weight: NDArray[np.float32] = random.normal(size=(outputs, inputs)).astype(np.float32)
        return weight / np.float32(inputs**0.5)

    ones: NDArray[np.float32] = np.ones(SHAPE.width, np.float32)
    weights = {
        "token_embd.weight": matrix(vocabulary, SHAPE.width),
        "output.weight": matrix(vocabulary, SHAPE.width),
        "output_norm.weight": ones,
    }
    for layer in range(SHAPE.layers):
        block = {
            "attn_norm": ones,
            "attn_q": matrix(SHAPE.width, SHAPE.width),
            "attn_k": matrix(SHAPE.width, SHAPE.width),
            "attn_v": matrix(SHAPE.width, SHAPE.width),
            "attn_output": matrix(SHAPE.width, SHAPE.width),
            "ffn_norm": ones,
            "ffn_gate": matrix(SHAPE.hidden, SHAPE.width),
            "ffn_up": matrix(SHAPE.hidden, SHAPE.width),
            "ffn_down": matrix(SHAPE.width, SHAPE.hidden),
        }
        weights |= {f"blk.{layer}.{name}.weight": weight for name, weight in block.items()}
    return weights


def logits(weights: Weights, tokens: jax.Array, positions: jax.Array, visible: jax.Array) -> jax.Array:
    """The logits after every token of ``tokens``, (rows, columns); each sees what ``visible`` allows it."""
    stream = weights["token_embd.weight"][tokens]
    for layer in range(SHAPE.layers):
        block = {name: weights[f"blk.{layer}.{name}.weight"] for name in (*NORMS, *ATTENTION, *FEED_FORWARD)}
        stream = stream + attention(block, normed(stream, block["attn_norm"]), positions, visible)
        stream = stream + feed_forward(block, normed(stream, block["ffn_norm"]))
    return normed(stream, weights["output_norm.weight"]) @ weights["output.weight"].T


def normed(stream: jax.Array, scale: jax.Array) -> jax.Array:
    """``stream`` divided by its root mean square."""
    square = jnp.mean(stream * stream, axis=-1, keepdims=True)
    return stream * jax.lax.rsqrt(square + SHAPE.epsilon) * scale


def attention(block: Weights, stream: jax.Array, positions: jax.Array, visible: jax.Array) -> jax.Array:
    """Self-attention with rotary positions."""
    heads = (*stream.shape[:2], SHAPE.heads, SHAPE.head_width)
    query = rotated((stream @ block["attn_q"].T).reshape(heads), positions)
    key = rotated((stream @ block["attn_k"].T).reshape(heads), positions)
    value = (stream @ block["attn_v"].T).reshape(heads)
    scores = jnp.einsum("rqhw,rkhw->rhqk", query, key) / SHAPE.head_width**0.5
    shares = jax.nn.softmax(jnp.where(visible[:, None], scores, -jnp.inf), axis=-1)
    mixed = jnp.einsum("rhqk,rkhw->rqhw", shares, value)
    return mixed.reshape(stream.shape) @ block["attn_output"].T


def rotated(heads: jax.Array, positions: jax.Array) -> jax.Array:
    """``heads`` with the pairs (0, 1), (2, 3) … turned by their position, as GGUF's ``llama`` pairs them."""
    speeds = SHAPE.rope_base ** (-jnp.arange(0, SHAPE.head_width, 2) / SHAPE.head_width)
    angles = positions[:, :, None, None] * speeds
    even, odd = heads[..., 0::2], heads[..., 1::2]
    turned = (even * jnp.cos(angles) - odd * jnp.sin(angles), even * jnp.sin(angles) + odd * jnp.cos(angles))
    return jnp.stack(turned, axis=-1).reshape(heads.shape)


def feed_forward(block: Weights, stream: jax.Array) -> jax.Array:
    """The gated feed-forward network."""
    gate = jax.nn.silu(stream @ block["ffn_gate"].T)
    return (gate * (stream @ block["ffn_up"].T)) @ block["ffn_down"].T
