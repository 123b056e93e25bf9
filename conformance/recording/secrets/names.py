"""What the name of a header, of a part of a query or of a field says of its value."""

from __future__ import annotations

import re

HARMLESS_HEADERS = re.compile(
    r"accept(-.*)?|cache-control|connection|content-.*|date|expect|host|origin|pragma|te|transfer-encoding"
    r"|upgrade|user-agent|http-referer|referer|x-title|traceparent|idempotency-key|x-stainless-.*"
    r"|anthropic-(version|beta|dangerous-direct-browser-access)|openai-beta"
    r"|x-amz-(date|content-sha256|target)|amz-sdk-.*|x-amzn-bedrock-.*|x-goog-api-client"
)
"""The headers of a request whose value is never a credential; that of every other header may be one."""

KEPT_QUERY = frozenset(["alt", "api-version", "api_version", "beta", "include", "stream", "version"])
"""The names in a query whose value is stored; every other value is replaced by a placeholder."""

_CREDENTIAL = re.compile(
    r"(api|access|auth|secret|private|subscription|account|service|master|client|x|)key(id)?"
    r"|(access|api|auth|bearer|client|id|login|refresh|security|session|user|x|)token"
    r"|.*secret.*|.*password|passwd|passphrase|pwd|pass|.*jwt|.*bearer|.*auth|.*authorization|.*credentials?"
    r"|(amz|goog)?sig(nature)?|.*(api|access|auth)(key|token)"
)


def names_a_credential(name: str) -> bool:
    """Whether a field, a part of a query or a header of an answer of this name holds a credential."""
    return _CREDENTIAL.fullmatch(re.sub(r"[^a-z0-9]", "", name.lower())) is not None
