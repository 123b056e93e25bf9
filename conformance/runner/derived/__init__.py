"""Faults derived from good answers: the recordings of a target, and the changes that break them.

A new backend has all of them for free, since they need only its recordings.
"""

from conformance.runner.derived.changes import (
    after_each_event,
    after_the_finish,
    early_ends,
    inside_characters,
    odd_sizes,
    one_byte,
    one_piece,
    per_event,
    truncations,
)
from conformance.runner.derived.material import GoodAnswer, Material, material_of, shortest

__all__ = [
    "GoodAnswer",
    "Material",
    "after_each_event",
    "after_the_finish",
    "early_ends",
    "inside_characters",
    "material_of",
    "odd_sizes",
    "one_byte",
    "one_piece",
    "per_event",
    "shortest",
    "truncations",
]
