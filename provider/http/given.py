"""What goes to a server that the caller has named: what the caller gave, and nothing of the environment's.

SDKs look for keys, organisations and projects in the environment, and send them to whatever address they are
given. So each request is compared with what the environment holds when it is sent.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from provider.errors import LLMProviderError, refused
from provider.http.addresses import RECOGNISABLE
from provider.http.calls import current_call
from provider.http.environment import CREDENTIAL, account_values, spellings, texts_in

if TYPE_CHECKING:
    import httpx

_CHOSEN = re.compile(r"^aws_(profile|role)|headers$")
"""Options by which the caller chooses other credentials."""

_CREDENTIAL_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")
"""The headers that hold a credential, also one that was made from another, or found in a file."""

_PROTOCOL = ("host", "content-type", "content-length", "transfer-encoding", "accept", "connection")
"""The headers that hold nothing of an account."""

_PLAIN_WORD = re.compile("[a-z]{1,12}|[A-Z]{1,12}")
"""What a body and a path may hold by themselves, such as ``assistant``, and is no credential."""


class GivenByCaller:
    """What the caller gave together with the address of a server.

    Args:
        api_key: the key, None where none was given.
        others: everything else: the address, the model, options.
        login: ``user:password`` of the address, empty where it has none; sent where no key is.
        settings: those of the SDK that sends, where they hold account data too.
    """

    def __init__(
        self,
        api_key: str | None,
        others: Mapping[str, Any],
        *,
        login: str = "",
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._key = api_key
        self._login = login
        self._texts = [*texts_in(api_key), *texts_in(others), login]
        self._settings = settings
        self._makes_credentials = any(
            CREDENTIAL.search(name) or _CHOSEN.search(name)
            for name, value in others.items()
            if value is not None and not isinstance(value, int | float)  # a limit of tokens
        )

    @property
    def has_credentials(self) -> bool:
        """Whether it has a key, a login, or a credential of another kind."""
        return bool(self._key or self._login) or self._makes_credentials

    def keep_only_given(self, request: httpx.Request) -> None:
        """Remove from a request what was not given, and add the login where it has no key.

        Raises:
            LLMProviderError: it is in the address or in the body, from which it cannot be removed.
        """
        given = [*self._texts, *texts_in(current_call().arguments)]
        foreign = _Foreign([*account_values(os.environ), *account_values(self._settings)], given)
        for name, value in list(request.headers.items()):
            is_given = name not in _CREDENTIAL_HEADERS or self._is_credential_given(value, given)
            if name not in _PROTOCOL and (not is_given or foreign.name_in(value)):
                del request.headers[name]
        if self._login:
            basic = base64.b64encode(self._login.encode()).decode()
            request.headers.setdefault("authorization", f"Basic {basic}")
        for name, value in request.url.params.multi_items():
            if foreign.name_in(value):
                request.url = request.url.copy_remove_param(name)
        if found := foreign.name_among_words(f"{request.url.host}{unquote(request.url.path)}"):
            raise _not_for_this_server(found, "address")
        if found := foreign.name_among_words(_without_long(given, request.read().decode("utf-8", "replace"))):
            raise _not_for_this_server(found, "body")

    def _is_credential_given(self, value: str, given: list[str]) -> bool:
        """Whether the value of a header is a credential that was given, or may be made from one."""
        if self._makes_credentials or (self._key and any(each in value for each in spellings(self._key))):
            return True
        token = value.rpartition(" ")[2]
        return any(token in text for text in given)


class _Foreign:
    """The account data of the environment that the caller has not given.

    Args:
        values: all of it, with the names of its variables.
        given: the texts that the caller gave.
    """

    def __init__(self, values: Iterable[tuple[str, str]], given: Iterable[str]) -> None:
        self._values = list(values)
        self._given = given

    def name_in(self, value: str) -> str | None:
        """The variable whose value is in a header or a parameter, a short one as a word of it."""
        words = re.split(r"[\s,;=/:]+", value)
        return self._first(lambda foreign: foreign in words or _holds(value, foreign))

    def name_among_words(self, text: str) -> str | None:
        """The variable whose value is in a path or a body, where short and plain words are in any case."""
        return self._first(lambda foreign: not _PLAIN_WORD.fullmatch(foreign) and _holds(text, foreign))

    def _first(self, is_held: Callable[[str], bool]) -> str | None:
        found = (name for name, value in self._values if is_held(value) and not self._is_given(value))
        return next(found, None)

    def _is_given(self, value: str) -> bool:
        return any(spelling in text for text in self._given for spelling in spellings(value))


def _without_long(given: Iterable[str], body: str) -> str:
    """A body without the long texts that the caller gave, such as images, in which a search takes long."""
    for text in given:
        content = text.partition(",")[2] if text.startswith("data:") else text
        if len(content) > 10_000:
            body = body.replace(content, "")
    return body


def _holds(text: str, foreign: str) -> bool:
    return len(foreign) >= RECOGNISABLE and any(spelling in text for spelling in spellings(foreign))


def _not_for_this_server(name: str, place: str) -> LLMProviderError:
    return refused(
        f"the {place} of the request would hold {name} of the environment, though base_url names a server: "
        f'where it is for that one, give it together with base_url, as api_key="{name}" or as an option'
    )
