"""The end of an answer of Ollama's, whose last line has the reason and the token counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.litellm.wires.ending import Ending, total, usage


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a line reports of the end; None where it has another form."""
    if "done" not in data and "done_reason" not in data:
        return None
    return Ending(
        contract_reason(data.get("done_reason")),
        is_last=data.get("done") is True,
        usage=usage(total(data, "prompt_eval_count"), total(data, "eval_count")),
    )
