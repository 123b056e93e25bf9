"""Readable YAML text, and the test whether a value survives being written and read again."""

from __future__ import annotations

import json
import math
from typing import Any

import yaml
from typing_extensions import override

END = "\n...\n"
"""The end of every document."""

_UNUSUAL_BREAKS = frozenset("\x85\u2028\u2029")

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


DEPTH = 100
"""Levels of the most deeply nested text that is read; the C parser crashes at some ten thousand."""


class _Loader(_SafeLoader):  # type: ignore[misc]  # chosen above
    """Reads only what :class:`_Dumper` writes."""

    @override
    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            raise yaml.YAMLError(f"a key is repeated{node.start_mark}")
        return found


# YAML's own forms of numbers, such as 1:30:00, cost more than they are long.
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: _finite(node.value))


class _Dumper(yaml.SafeDumper):
    """The pure dumper: libyaml escapes every emoji, and one file must look the same on every machine."""

    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    if _UNUSUAL_BREAKS & set(value):
        # Only this style escapes them; every other writes them as they are and reads back something else.
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text:.20} is not a number of JSON")
    return number


def dump(value: Any) -> str:
    """``value`` as a YAML document with an end marker: keys in their order, no line folded."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31 - 1, explicit_end=True
    )
    return text


def load(text: str) -> Any:
    """The value of a YAML document; ``yaml.YAMLError`` or ValueError where the text is not one."""
    _check(text)
    return yaml.load(text, Loader=_Loader)


def _check(text: str) -> None:
    """Refuse what a text of a few lines can expand to: aliases of aliases, and thousands of levels."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"an alias{event.start_mark}")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise yaml.YAMLError(f"deeper than {DEPTH} levels{event.start_mark}")


def survives(value: Any) -> bool:
    """Whether ``value`` comes back from its YAML text with its types and the order of its keys."""
    try:
        text = dump(value)
        # Text that ends with an unusual line break swallows the end marker.
        return text.endswith(END) and json.dumps(load(text)) == json.dumps(value)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return False
