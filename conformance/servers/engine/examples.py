"""The dialogue as tokens, from the server itself, so that training and serving use the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx
import numpy as np
from numpy.typing import NDArray

from conformance.servers.engine.client import completion_request
from conformance.servers.engine.rendering import rendered
from conformance.spec.dialogue import Turn

COLUMNS = 256
"""The least width of a row; a longer example widens all rows."""


@dataclass(frozen=True)
class Example:
    """One turn as tokens: the prompt and the answer."""

    name: str
    prompt: Sequence[int]
    answer: Sequence[int]


@dataclass(frozen=True)
class Batch:
    """Every example, several in a row; all arrays are (rows, columns)."""

    tokens: NDArray[np.int32]
    targets: NDArray[np.int32]
    positions: NDArray[np.int32]
    owners: NDArray[np.int32]
    """Which example a token belongs to, -1 for none."""
    taught: NDArray[np.bool_]
    """Where ``targets`` belongs to an answer."""


def example(client: httpx.Client, turn: Turn) -> Example:
    """The tokens of ``turn``, rendered by the server, and of its answer."""
    question = completion_request(turn)
    prompt = client.post("/apply-template", json=question).raise_for_status().json()["prompt"]
    return Example(turn.name, tokens(client, prompt), tokens(client, rendered(turn.answer)))


def tokens(client: httpx.Client, text: str) -> list[int]:
    """The tokens of ``text`` in the server's tokenizer, which reads control tokens too."""
    request = {"content": text, "parse_special": True, "add_special": False}
    answer: list[int] = client.post("/tokenize", json=request).raise_for_status().json()["tokens"]
    return answer


def batch(examples: Sequence[Example]) -> Batch:
    """All ``examples``, in rows filled by first fit."""
    rows = packed(examples)
    columns = max(COLUMNS, *(sum(map(length, row)) for row in rows))
    shape = (len(rows), columns)
    arrays = Batch(
        tokens=np.zeros(shape, np.int32),
        targets=np.zeros(shape, np.int32),
        positions=np.zeros(shape, np.int32),
        owners=np.full(shape, -1, np.int32),
        taught=np.zeros(shape, np.bool_),
    )
    for number, row in enumerate(rows):
        start = 0
        for one in row:
            place_in_row(arrays, number, start, one, examples.index(one))
            start += length(one)
    return arrays


def place_in_row(arrays: Batch, row: int, start: int, one: Example, owner: int) -> None:
    """Write ``one`` into ``row``, from column ``start`` on."""
    whole = [*one.prompt, *one.answer]
    place = (row, slice(start, start + length(one)))
    arrays.tokens[place] = whole[:-1]
    arrays.targets[place] = whole[1:]
    arrays.positions[place] = range(length(one))
    arrays.owners[place] = owner
    arrays.taught[place] = [index >= len(one.prompt) - 1 for index in range(length(one))]


def length(one: Example) -> int:
    """The columns that ``one`` takes: its last token is only a target."""
    return len(one.prompt) + len(one.answer) - 1


def packed(examples: Iterable[Example]) -> list[list[Example]]:
    """``examples`` in rows of at most :data:`COLUMNS`, the longest first."""
    rows: list[list[Example]] = []
    for one in sorted(examples, key=length, reverse=True):
        for row in rows:
            if sum(map(length, row)) + length(one) <= COLUMNS:
                row.append(one)
                break
        else:
            rows.append([one])
    return rows
