"""An answer comes from a server: what a scenario has judged was asked for, and not made up."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import Dialect
from conformance.spec.expectations import CheckedResponse
from provider.errors import ErrorKind

_OF_SERVERS = frozenset(
    {
        *(ErrorKind.RATE_LIMIT, ErrorKind.QUOTA, ErrorKind.CONTENT_FILTER, ErrorKind.OVERLOADED),
        *(ErrorKind.SERVER, ErrorKind.MALFORMED_RESPONSE, ErrorKind.INTERRUPTED),
    }
)
"""The errors that only a server can cause.

A backend may refuse what else is wrong without a request. The status of an error does not tell the two apart:
litellm gives its own refusals one.
"""


def has_asked(judged: Iterable[CheckedResponse], servers: Iterable[ScriptedServer], dialect: Dialect) -> None:
    """A scenario's servers were sent a request for each judged answer, and for each error of a server.

    An answer needs a request for an answer. An error may be the end of another: for a token, at another path.
    """
    responses = [each.response for each in judged]
    answers = sum(not response.is_error for response in responses)
    of_servers = answers + sum(getattr(each, "error_kind", None) in _OF_SERVERS for each in responses)
    sent = [request for server in servers for request in server.requests]
    asked = len(dialect.chat_requests(sent))
    assert asked >= answers, f"{answers} answers, but only {asked} requests were sent"
    assert len(sent) >= of_servers, f"{of_servers} answers, but only {len(sent)} requests were sent"
