"""Patterns of keys and of account data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

OWN_KEY = "sk-conformance"
"""The beginning of the suite's own keys: the engine's, and the wrong ones of scenarios."""

_START = r"(?<![A-Za-z0-9_-])"

_SHAPES: dict[str, str] = tomllib.loads(files(__package__).joinpath("key_shapes.toml").read_text("utf-8"))

KEYS = {
    **{kind: f"{_START}(?:{shape})" for kind, shape in _SHAPES.items()},
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a signature of a URL": r"(?i:[?&](?:x-amz-|x-goog-)?sig(?:nature)?=[A-Za-z0-9%+/=_-]{16,})",
}
"""The pattern of each kind of key."""

_KEY = re.compile("|".join(f"({pattern})" for pattern in KEYS.values()))
_KEY_NAMES = tuple(KEYS)


def key_in(text: str) -> str:
    """The kind of key that ``text`` contains; empty where it contains none."""
    found = _KEY.search(text)
    return _KEY_NAMES[(found.lastindex or 1) - 1] if found else ""


@dataclass(frozen=True)
class Account:
    """A kind of account data: it gives no access, but names the owner of a recording.

    Attributes:
        kind: its name, with an article.
        pattern: the pattern.
        replacement: the placeholder, with the groups of the pattern that are kept.
    """

    kind: str
    pattern: re.Pattern[str]
    replacement: str


# In the text of JSON the n of a line end must not be taken for the beginning of an address.
_AFTER = r"(?:(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<![\\A-Za-z0-9._%+-]))"
_COLON = r"(?::|%3A)"
_NOBODY = r"(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|invalid|test|localhost)(?![\w.-]*\w)"

ACCOUNTS = (
    Account("an organisation id", re.compile(rf"{_AFTER}org([-_])[A-Za-z0-9]{{16,}}"), r"org\1hidden"),
    Account("a project id", re.compile(rf"{_AFTER}proj_[A-Za-z0-9]{{16,}}"), "proj_hidden"),
    Account("a user id", re.compile(rf"{_AFTER}user-[A-Za-z0-9]{{20,}}"), "user-hidden"),
    Account(
        "an AWS account id",
        re.compile(
            rf"(arn{_COLON}aws[a-z-]*{_COLON}[a-z0-9-]*{_COLON}[a-z0-9-]*{_COLON})(?!0{{12}})\d{{12}}", re.I
        ),
        r"\g<1>000000000000",
    ),
    Account(
        "a Google project number",
        re.compile(r"(projects(?:/|%2F)|project_number:|project[ =])(?!0+\b)\d{6,}\b"),
        r"\g<1>000000",
    ),
    Account(
        "an Azure subscription",
        re.compile(r"(subscriptions/)(?!0{8}-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I),
        r"\g<1>00000000-0000-0000-0000-000000000000",
    ),
    Account(
        "an e-mail address",
        # An address at a reserved domain (RFC 2606) may stay: the dialogue contains some.
        re.compile(
            rf"{_AFTER}[A-Za-z0-9._%+-]+(?:@|%40)(?!{_NOBODY})(?:[A-Za-z0-9-]+\.)+[A-Za-z]{{2,}}(?![\w-])",
            re.A,
        ),
        "someone@example.invalid",
    ),
)


def without_accounts(text: str) -> str:
    """``text`` with a placeholder of the same kind for each piece of account data."""
    for account in ACCOUNTS:
        text = account.pattern.sub(account.replacement, text)
    return text


def accounts_in(text: str) -> Iterator[str]:
    """The kinds of account data that ``text`` contains."""
    return (account.kind for account in ACCOUNTS if account.pattern.search(text))
