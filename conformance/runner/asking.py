"""An answer comes from a server: what a scenario has judged was asked for, and not made up."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import Dialect
from conformance.spec.expectations import CheckedResponse
from provider.errors import ErrorKind
from provider.response import LLMResponse

_OF_SERVERS = frozenset(
    {
        *(ErrorKind.RATE_LIMIT, ErrorKind.QUOTA, ErrorKind.CONTENT_FILTER, ErrorKind.OVERLOADED),
        *(ErrorKind.SERVER, ErrorKind.MALFORMED_RESPONSE, ErrorKind.INTERRUPTED),
    }
)
"""The errors that only a server can cause; a backend may refuse what else is wrong without a request."""


def has_asked(judged: Iterable[CheckedResponse], servers: Iterable[ScriptedServer], dialect: Dialect) -> None:
    """A scenario's servers were sent a request for each of the answers that laws have judged."""
    answers = sum(_is_of_a_server(each.response) for each in judged)
    requests = len(list(dialect.chat_requests(request for server in servers for request in server.requests)))
    assert requests >= answers, f"{answers} answers, but only {requests} requests were sent"


def _is_of_a_server(response: LLMResponse) -> bool:
    kind = getattr(response, "error_kind", None)
    return not response.is_error or kind in _OF_SERVERS or getattr(response, "status", None) is not None
