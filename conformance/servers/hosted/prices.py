"""Prices of models from litellm's own table, which is read without importing litellm."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conformance.servers.hosted.cost import Cost

_TABLE = "model_prices_and_context_window_backup.json"


@dataclass(frozen=True)
class Price:
    """The price of one model.

    Attributes:
        input: dollars per token of the prompt.
        output: dollars per token of the answer.
        max_output: tokens of the longest answer if no limit is set; 0 if unknown.
        retired: the day (ISO 8601) from which the model is no longer served; empty if unknown.
    """

    input: float
    output: float
    max_output: int = 0
    retired: str = ""

    def of(self, cost: Cost) -> float:
        """The cost in dollars."""
        return cost.prompt_tokens * self.input + cost.completion_tokens * self.output


FREE = Price(0.0, 0.0)


def price_of(name: str) -> Price | None:
    """The price of the model that litellm calls ``name``, with or without its route; None if unknown."""
    for entry in (name, name.partition("/")[2], name.rpartition("/")[2]):
        found = _table().get(entry)
        if isinstance(found, dict) and "input_cost_per_token" in found and "output_cost_per_token" in found:
            return Price(
                float(found["input_cost_per_token"]),
                float(found["output_cost_per_token"]),
                int(found.get("max_output_tokens") or 0),
                str(found.get("deprecation_date") or ""),
            )
    return None


@cache
def _table() -> dict[str, Any]:
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    table = json.loads(Path(spec.origin).with_name(_TABLE).read_text("utf-8"))
    return table if isinstance(table, dict) else {}
