"""The quick check of a line allows exactly what the published schema allows.

Unit tests: no run writes lines that are wrong in every place.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.commands.torture import hostile_results
from conformance.report import schema as module
from conformance.report.schema import schema, wrong

LINES = [{"kind": line["kind"], **line} for line in hostile_results.lines()]
VALIDATOR = jsonschema.Draft202012Validator(schema())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in places(item, (*path, key)))]


PLACES = [(index, path) for index, line in enumerate(LINES) for path in places(line) if path]
VALUES = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        256,
        0.5,
        1e12,
        "",
        "a\n",
        "a@b",
        "\u202e",
        "javascript:x",
        "https://x",
        [],
        {},
        [1],
        {"a": 1},
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(PLACES), VALUES, st.sampled_from(["replaced", "removed", "added"]))
def test_a_changed_line_is_wrong_exactly_where_the_schema_says_so(
    place: tuple[int, tuple[Any, ...]], value: Any, how: str
) -> None:
    index, (*steps, last) = place
    line = copy.deepcopy(LINES[index])
    holder: Any = line
    for step in steps:
        holder = holder[step]
    if how == "replaced":
        holder[last] = value
    elif how == "removed":
        del holder[last]
    elif isinstance(holder, dict):
        holder["added"] = value
    else:
        holder.append(value)
    if line.get("kind") != LINES[index]["kind"]:
        return
    found = wrong(line)
    assert bool(found) is not VALIDATOR.is_valid(line)
    assert "\n" not in found


def test_a_right_line_is_known_without_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a millisecond for a line."""
    monkeypatch.setattr(jsonschema, "Draft202012Validator", None)
    assert [wrong(line) for line in LINES] == ["", "", ""]


def test_a_keyword_that_the_check_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError, match="maxLength"):
        module._check({"type": "string", "maxLength": 3}, {})


def test_json_knows_no_difference_that_the_check_overlooks() -> None:
    """True is 1 in Python."""
    line = json.loads(json.dumps(LINES[0]))
    line["schema"] = True
    assert wrong(line)
