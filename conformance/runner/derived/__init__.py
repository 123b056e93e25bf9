"""Faults made from good answers: what a target's recordings say, and the changes that break it.

A new backend has every one of them for free, for they need nothing but its recordings.
"""

from conformance.runner.derived.changes import (
    after_each_event,
    after_the_finish,
    early_ends,
    inside_characters,
    odd_sizes,
    one_byte,
    per_event,
    truncations,
    whole,
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
    "per_event",
    "shortest",
    "truncations",
    "whole",
]
