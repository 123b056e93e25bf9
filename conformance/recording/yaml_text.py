"""Readable YAML text that reads back as exactly what was written, or says that it does not."""

from __future__ import annotations

import json
from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Both, because a cassette written here must be the same to a reader without libyaml.
_LOADERS: tuple[Any, ...] = tuple({Loader, yaml.SafeLoader})


class _Dumper(yaml.SafeDumper):
    """The pure dumper: libyaml escapes every emoji, and one file must look the same on every machine."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  (the base class names it)
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """``value`` as a YAML document with an end marker: keys in their order, no line folded."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31 - 1, explicit_end=True
    )
    return text


def load(text: str) -> Any:
    """The value that a YAML document holds; ``yaml.YAMLError`` or ValueError when it holds none."""
    return yaml.load(text, Loader=Loader)


def survives(value: Any) -> bool:
    """Whether ``value`` comes back from its YAML text with its types and the order of its keys."""
    try:
        text = dump(value)
        text.encode("utf-8")
        return all(json.dumps(yaml.load(text, Loader=loader)) == json.dumps(value) for loader in _LOADERS)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return False
