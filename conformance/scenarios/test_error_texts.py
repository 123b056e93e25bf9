"""What a caller reads where a server gives no reason, a web page, or the caller's own key.

Scripts: gateways do so, and none can be asked to.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from conformance.testing import CALL_MODES, Build, Dialect, Serve, always, laws, reply, text

SHORT = 200
"""Characters that a reason may have which says no more than a title."""


WORDLESS = {400: "bad_request", 401: "authentication", 404: "not_found", 429: "rate_limit", 500: "server"}


@pytest.mark.core
@pytest.mark.parametrize("body", [b"", b"null", b"{}", b" \n"], ids=["empty", "null", "object", "blank"])
def test_an_error_without_a_message_has_the_kind_of_its_status(
    body: bytes, serve: Serve, build: Build
) -> None:
    """An error without a message is reported with the kind of its status and with a text.

    jianchang512/pyvideotrans#1068, Mintplex-Labs/anything-llm#5601: the missing body was read, and that was
    the error. An empty 400 may be an overflow too; nothing tells it from another bad request.
    """
    current = iter(status for status in WORDLESS for _ in CALL_MODES)
    llm = build(serve(lambda _: reply(body, next(current))).url)

    for kind in WORDLESS.values():
        for ask in CALL_MODES:
            assert laws.fails_as(partial(ask, llm), kind).strip()


PAGES = {502: ("Bad gateway", "server"), 404: ("404 Not Found", "not_found"), 403: ("Denied", "permission")}


@pytest.mark.core
@pytest.mark.parametrize("status", PAGES)
def test_a_web_page_is_reported_by_its_title(status: int, serve: Serve, build: Build) -> None:
    """An error that is a web page is reported by its title alone, and its text does not decide the kind.

    HKUDS/nanobot#536, Significant-Gravitas/AutoGPT#944: a page of Cloudflare was shown whole;
    egoist/chatwise-releases#1346: nginx's, for a wrong base URL.
    """
    title, kind = PAGES[status]
    noise = "<p>prompt is too long, rate limit, invalid api key</p>" * 500
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{noise}</body></html>".encode()
    llm = build(serve(always(reply(page, status, {"content-type": "text/html"}))).url)

    for ask in CALL_MODES:
        words = laws.fails_as(partial(ask, llm), kind)
        assert title in words
        assert len(words) < SHORT
        assert "<" not in words


KEY = "sk-conformance/echoed+key=0123456789"

ECHOES = {
    "plain": KEY,
    "in-a-url": quote(KEY, safe=""),
    "bearer": f"Bearer {KEY}",
    "first-half": KEY[:24],
    "last-half": KEY[-24:],
    "json": json.dumps({"headers": {"Authorization": KEY}}),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_an_echoed_key_is_never_shown(
    echo: str, serve: Serve, build: Build, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that the server echoes, in whatever form, appears in no error and in no log line.

    BerriAI/litellm cuts the key out of the words of one provider; any server may repeat what it was sent.
    """
    caplog.set_level(logging.INFO)  # below it the SDKs log the wire itself, word for word
    failure = dialect.error("bad_request", f"The header {echo} was refused.")
    begun = dialect.events(text.COUNT.answer)[:3]
    event = dialect.error_event("bad_request", f"The header {echo} was refused.")
    scripts: list[Any] = [
        reply(failure.body, failure.status, failure.headers),
        reply(failure.body),
        reply(f"The header {echo} was refused.".encode(), 500, {"content-type": "text/plain"}),
        dialect.streamed([*begun, event]),
    ]
    current = iter(script for script in scripts for _ in CALL_MODES)
    llm = build(serve(lambda _: next(current)).url, key=KEY)
    secrets = {KEY, KEY[:24], KEY[-24:], quote(KEY, safe="")}

    for _ in scripts:
        for ask in CALL_MODES:
            shown = repr(ask(llm))
            assert not [secret for secret in secrets if secret in shown]
    for line in caplog.messages:
        assert not [secret for secret in secrets if secret in line], line
