"""What the environment holds of accounts: keys, tokens, and the ids of organisations, projects and users."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from provider.http.addresses import RECOGNISABLE
from provider.json_values import json_or

CREDENTIAL = re.compile(
    r"(KEY|TOKEN|JWT|PAT|SECRET|PASSWORD|PASSWD|CREDENTIALS?|BEARER)(_|S?$)|AUTH$", re.IGNORECASE
)
"""Parts of the names of variables and options that hold a credential."""

_ACCOUNT = re.compile(
    r"(^|_)(ID|ORG|ORGANI[SZ]ATION|PROJECT|ACCOUNT|TENANT|TENANCY|WORKSPACE|COMPARTMENT|RESOURCE|GROUP|ARN"
    r"|FINGERPRINT|USERNAME|EMAIL|LOGIN|HEADERS|SITE_URL|APP_NAME)(_|S?$)",
    re.IGNORECASE,
)
"""Parts of the names of variables that hold other data of an account."""

_FILES = "GOOGLE_APPLICATION_CREDENTIALS"
"""A variable that holds only the path of a file."""


def environment_credentials() -> list[str]:
    """The values of the environment variables that look like a credential by their names."""
    values = ((name, value.strip()) for name, value in os.environ.items() if _is_credential(name))
    return [value for _, value in values if len(value) >= RECOGNISABLE]


def account_values(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The name of each setting that holds data of an account, with each text in it.

    Args:
        settings: the environment variables, or the settings of a library.
    """
    # The names first: it is asked for each request, and the environment decodes each value that is read.
    for name in _names_of_account(tuple(settings)):
        value = settings.get(name)
        if isinstance(value, str) and value.strip():
            for text in _texts_of(name, value.strip()):
                yield name, text


@lru_cache(maxsize=10_000)
def _is_credential(name: str) -> bool:
    return CREDENTIAL.search(name) is not None and name != _FILES


@lru_cache(maxsize=100)
def _names_of_account(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if _is_credential(name) or _ACCOUNT.search(name)]


def _texts_of(name: str, value: str) -> Iterator[str]:
    """The value, and the texts in one that is a list of headers or JSON."""
    yield value
    if "HEADERS" in name.upper():
        for line in value.splitlines():
            yield from filter(None, (part.strip() for part in re.split("[:=]", line, maxsplit=1)[1:]))
    if value.startswith("{"):
        yield from (text.strip() for text in texts_in(json_or(None, value)) if len(text) >= RECOGNISABLE)


def texts_in(value: Any) -> Iterator[str]:
    """The texts in an argument, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


@lru_cache(maxsize=1000)
def spellings(value: str) -> tuple[str, ...]:
    """How a value may be spelled in a request: as it is, or escaped for JSON or a URL, in base64 or in hex.

    In base64 it has three spellings, by where it begins in what was encoded.
    """
    data = value.encode("utf-8", "surrogateescape")
    found = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], data.hex()}
    found |= {quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")}
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        whole = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        found |= {whole, whole.translate(str.maketrans("+/", "-_")), quote(whole, safe="")}
    return tuple(found)
