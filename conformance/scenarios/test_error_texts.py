"""The text of an error: the server's words, a web page, the caller's own key, or nothing.

Scripts: gateways and providers send them, and none can be asked to.
"""

from __future__ import annotations

import html
import json
import logging
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from conformance.testing import CALL_MODES, Dialect, Play, Sent, in_order, in_turn, laws, reply, text

SHORT = 200
"""The most characters of a message that shows a title alone."""


WORDLESS = {400: "bad_request", 401: "authentication", 404: "not_found", 429: "rate_limit", 500: "server"}
NO_MESSAGES = [b"", b"null", b"{}", b" \n"]


@pytest.mark.core
@pytest.mark.parametrize("body", NO_MESSAGES, ids=["empty", "null", "object", "blank"])
def test_an_error_without_a_message_has_the_kind_of_its_status(body: bytes, play: Play) -> None:
    """An error without a message is reported with the kind of its status and with a text.

    jianchang512/pyvideotrans#1068, Mintplex-Labs/anything-llm#5601: the missing body was read, and that was
    the error. An empty 400 may be an overflow too; nothing distinguishes it from another bad request.
    """
    llm = play(in_order([reply(body, status) for status in WORDLESS]))

    for kind, ask in in_turn(WORDLESS.values(), NO_MESSAGES.index(body)):
        assert laws.fails_as(partial(ask, llm), kind).strip()


@pytest.mark.parametrize(("status", "kind"), [(404, "not_found"), (400, "not_found"), (500, "server")])
def test_a_failed_server_is_not_a_wrong_name(status: int, kind: str, play: Play) -> None:
    """Words of something that does not exist are ``not_found``, and ``server`` where the server failed."""
    llm = play(reply({"error": {"message": "The model `tiny` does not exist."}}, status))

    for ask in CALL_MODES:
        laws.fails_as(partial(ask, llm), kind)


PAGES = {502: ("Bad gateway", "server"), 404: ("404 Not Found", "not_found"), 403: ("Denied", "permission")}


@pytest.mark.core
@pytest.mark.parametrize("status", PAGES)
def test_a_web_page_is_reported_by_its_title(status: int, play: Play) -> None:
    """An error that is a web page is reported by its title alone, and its text does not decide the kind.

    HKUDS/nanobot#536, Significant-Gravitas/AutoGPT#944: a page of Cloudflare was shown completely;
    egoist/chatwise-releases#1346: nginx's, for a wrong base URL.
    """
    title, kind = PAGES[status]
    noise = "<p>prompt is too long, rate limit, invalid api key</p>" * 500
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{noise}</body></html>".encode()
    llm = play(reply(page, status, {"content-type": "text/html"}))

    for ask in CALL_MODES:
        response = ask(llm)
        laws.demands(response, "error_kind")
        laws.failed_as(response, kind)
        words = str(response.error)
        assert title in words
        assert len(words) < SHORT
        assert "<" not in words


@pytest.mark.core
def test_half_a_character_in_an_error_can_be_shown(play: Play, dialect: Dialect) -> None:
    """Half a character in the message of an error is shown as U+FFFD: no log can encode it."""
    failure = dialect.error("bad_request", "half \ud83d of it")
    body = json.dumps(failure.body).encode()
    llm = play(reply(body, failure.status, failure.headers))

    for ask in CALL_MODES:
        response = ask(llm)
        laws.demands(response, "error_kind")
        laws.failed_as(response, "bad_request")
        assert "half \ufffd of it" in str(response.error)


KEY = "sk-conformance/echoed+key=0123456789"

HALF = (len(KEY) + 1) // 2
QUOTED = 'sk-conformance/"echoed"&key'
BRIEF = "sk-1234"

ECHOES = {
    "plain": (KEY, KEY),
    "other-case": (KEY, KEY.upper()),
    "in-a-url": (KEY, quote(KEY, safe="")),
    "in-a-form": (KEY.replace("+", " "), quote_plus(KEY.replace("+", " "))),
    "bearer": (KEY, f"Bearer {KEY}"),
    "first-half": (KEY, KEY[:HALF]),
    "last-half": (KEY, KEY[-HALF:]),
    "more-than-half": (KEY, KEY[:-3]),
    "both-halves": (KEY, f"{KEY[:HALF]}... {KEY[-HALF:]}"),
    "json": (KEY, json.dumps({"headers": {"Authorization": KEY}})),
    "escaped": (QUOTED, json.dumps(QUOTED)[1:-1]),
    "html": (QUOTED, html.escape(QUOTED)),
    "brief": (BRIEF, BRIEF),
}


@pytest.mark.parametrize(("key", "echo"), ECHOES.values(), ids=ECHOES)
def test_an_echoed_key_is_never_shown(
    key: str, echo: str, play: Play, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that the server echoes, in whatever form, appears in no error and no log line; its words do.

    BerriAI/litellm removes the key from the messages of one provider; any server may repeat what it was sent.
    """
    caplog.set_level(logging.INFO)  # below it the SDKs log the bytes of the wire
    failure = dialect.error("bad_request", f"The header {echo} was refused.")
    begun = dialect.events(text.COUNT.answer)[:3]
    event = dialect.error_event("bad_request", f"The header {echo} was refused.")
    scripts: list[Any] = [
        failure.reply(),
        reply(failure.body),
        reply(f"The header {echo} was refused.".encode(), 500, {"content-type": "text/plain"}),
        dialect.streamed([*begun, event]),
    ]
    llm = play(in_order(scripts), key=key)
    half = (len(key) + 1) // 2 if len(key) > len(BRIEF) else len(key)
    secrets = {echo, key, key[:half], key[-half:], quote(key, safe="")}

    for _, ask in in_turn(scripts, [*ECHOES.values()].index((key, echo))):
        response = ask(llm)
        shown = repr(response)
        assert not [secret for secret in secrets if secret in shown]
        if response.error_kind != "malformed_response":  # a stream in place of a body
            assert "The header " in str(response.error)
            assert " was refused." in str(response.error)
    for line in caplog.messages:
        assert not [secret for secret in secrets if secret in line], line


def test_a_key_that_an_excerpt_cuts_is_not_shown(play: Play, dialect: Dialect) -> None:
    """A key at the end of a long message shows nothing recognisable of it, wherever the message is cut."""
    lengths = [*range(420, 510, 5), 1000, 2000]
    current = iter(dialect.error("bad_request", f"{'.' * length} {KEY}").reply() for length in lengths)
    llm = play(lambda _: next(current), key=KEY)

    for _ in lengths:
        assert KEY[:5] not in repr(llm.invoke(text.COUNT.messages))


@pytest.mark.parametrize(("place", "kind"), [(0, "context_limit"), (1, "bad_request"), (2, "context_limit")])
def test_the_middle_of_a_long_message_does_not_decide(
    place: int, kind: str, play: Play, dialect: Dialect
) -> None:
    """A long message is judged by its beginning and its end: a server may repeat the prompt in between."""
    parts = ["The model refused this.", "It is not allowed.", "Ask in another way."]
    parts[place] = "prompt is too long: 216868 tokens > 200000 maximum"
    words = f"{parts[0]} {'a ' * 9000} {parts[1]} {'a ' * 9000} {parts[2]}"
    llm = play(dialect.error("bad_request", words).reply())

    for ask in CALL_MODES:
        assert len(laws.fails_as(partial(ask, llm), kind)) < 3 * SHORT


REFUSALS = {
    # anthropics/claude-code#6300
    "image-type": "messages.2.content.0.image.source.base64.data: Image does not match the provided media"
    " type image/png",
    # vercel/ai#4152
    "corrupt-image": "image.source.base64.data: The image specified was not valid",
    # anthropics/claude-code#2438
    "media-type": "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
    # lmstudio-ai/lmstudio-bug-tracker#908
    "no-vision": "Model does not support images. Please use a model that does.",
    # lmstudio-ai/lmstudio-bug-tracker#1120
    "image-address": "'url' field must be a base64 encoded image.",
    # BerriAI/litellm exception_mapping_utils.py: taken for a failure of the server, and tried again
    "image": "The model returned the following errors: messages.0.content.1.image: Could not process image",
    # RooCodeInc/Roo-Code#248
    "output-cap": "The maximum tokens you requested exceed the model limit of 4096. Try again with a maximum"
    " tokens value lower than 4096.",
    # FoundationAgents/OpenManus#744
    "orphan": "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    # agno-agi/agno#3105
    "unanswered": "An assistant message with 'tool_calls' must be followed by tool messages responding to"
    " each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
    # home-assistant/core#161142
    "no-output": "No tool output found for function call call_1.",
    # keinsaasforever/better-chatbot#197
    "too-many-tools": "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an"
    " array with length 217 instead.",
    # run-llama/llama_index#16093
    "tool-name": "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that"
    " matches the pattern '^[a-zA-Z0-9_-]+$'.",
    # google-gemini/gemini-cli#2966
    "tool-name-too-long": "Invalid function name. Must start with a letter or an underscore. Must be"
    " alphameric (a-z, A-Z, 0-9), underscores (_), dots (.) or dashes (-), with a maximum length of 64.",
    # lmstudio-ai/lmstudio-bug-tracker#670
    "tool-choice": "Invalid tool_choice type: 'object'. Supported string values: none, auto, required",
    # kd-research/Techies#42
    "stop": "Unsupported parameter: 'stop' is not supported with this model.",
    # BerriAI/litellm#14056
    "frequency-penalty": "Argument not supported on this model: frequencyPenalty",
    # BerriAI/litellm#10791
    "unknown-parameter": "Unrecognized request argument supplied: system_prompt",
}
CORE = {"image", "output-cap"}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=name, marks=[pytest.mark.core] if name in CORE else [])
        for name, words in REFUSALS.items()
    ],
)
def test_a_refused_request_is_a_bad_request(words: str, play: Play, sent: Sent, dialect: Dialect) -> None:
    """A request that the server refuses is reported as ``bad_request`` in its words, and is sent once.

    Images, histories, tools and parameters are refused in these words. Some speak of lengths: taken for an
    overflow, they would cost the history for nothing (keinsaasforever/better-chatbot#197).
    """
    llm = play(dialect.error("bad_request", words).reply(), max_retries=2)

    for response in laws.ask_both_ways(llm, text.GREETING.messages):
        laws.refused(response)
        assert words in str(response.error)
    assert len(sent()) == 2
