"""Asks every route of litellm on the wire of chat completions, bare and through the backend; prints JSON.

A program of its own, run by ``test_litellm_routes``: bare litellm leaves sockets open, and some of its routes
try to reach other hosts.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

from conformance.recording.network_guard import guarded, loopback
from conformance.servers.scripted import Request, Script, ScriptedServer, reply
from provider import AsyncLiteLLM, LiteLLM, LLMResponse
from provider.litellm.exchange import CapturedExchange
from tests.provider.async_backends import read
from tests.provider.routes import ANSWER, KEY, OPENAI, QUESTION, ask

LOG_IN = ("github_copilot", "chatgpt")
"""Routes that log in interactively."""

FACES = (LiteLLM, AsyncLiteLLM)
HOW = ("invoke", "stream")

WAIT = 5.0

MARK = "of-the-environment"
"""What every credential in the environment begins with."""

_NO_ACCOUNT = re.compile(
    r"_(BASE|URL|ENDPOINT|HOST|REGION|LOCATION|VERSION|TYPE|FILE|PATH|DIR|PROXY|TIMEOUT|LIMIT)(_|$)"
    r"|^(LITELLM|SSL|AIOHTTP|DISABLE|ENABLE|MAX|MIN|DEFAULT|HTTPS?|NO|CHATGPT|GITHUB_COPILOT|XAI_OAUTH|TIKTOKEN)_"
    r"|^SSLKEYLOGFILE$|USER_AGENT|_SCOPE$|^AWS_(PROFILE|ROLE|CONTAINER|EC2)|WEB_IDENTITY"
)
"""The variables that hold no account data: addresses, regions, switches."""

AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""What botocore reads."""

AWS = ("bedrock", "bedrock_converse", "sagemaker", "sagemaker_chat", "bedrock_mantle")
"""The routes that need a region."""


def asked() -> dict[str, Any]:
    """Ask every route through both faces of the backend.

    Returns:
        ``used``: those that answer bare litellm. ``lost``: those of them that do not answer a face, and what
        it reports. ``not_captured``: those whose requests do not pass its transport, by faces.
    """
    import litellm

    litellm.suppress_debug_info = True
    used: list[str] = []
    lost: dict[str, list[str | None]] = {}
    not_captured: dict[str, list[str]] = {face.__name__: [] for face in FACES}
    with guarded(loopback), ScriptedServer(_answer) as server:
        for name in sorted({provider.value for provider in litellm.provider_list} - {*LOG_IN}):
            model, url = f"{name}/m", f"{server.url}/v1"
            if not _answers_bare(model, url):
                continue
            used.append(name)
            for face in FACES:
                captured = len(_paths)
                responses = _asked(face, model, KEY, url, timeout=WAIT)
                if [response.content for response in responses] != [ANSWER.text] * 2:
                    lost[f"{face.__name__} {name}"] = [response.error for response in responses]
                if len(_paths) < captured + 2:
                    not_captured[face.__name__].append(name)
    return {"used": used, "lost": lost, "not_captured": not_captured}


def asked_without_key() -> dict[str, Any]:
    """Ask every route with an address and no key, while the environment has all that it reads of accounts.

    Returns:
        ``asked``: those that sent something to the address. ``leaking``: those that sent account data with
        it. ``planted``: the variables that were set.
    """
    import litellm
    import openai

    root = Path(litellm.__file__).parent
    paths = [root / "main.py", root / "utils.py", *(root / "llms").rglob("*.py")]
    paths += [*(root / "litellm_core_utils").rglob("*.py"), *Path(openai.__file__).parent.rglob("*.py")]
    source = "".join(path.read_text("utf-8") for path in paths)
    names = set(
        re.findall(r'(?:environ|getenv|secret|secret_str)[\[(.get]*[\s(]*"([A-Z][A-Z0-9_]+)"', source)
    )
    names = {name for name in {*names, *AWS_KEYS} if not _NO_ACCOUNT.search(name)}
    os.environ.update({name: f"{MARK}-{name.lower()}-0123456789" for name in names})
    os.environ["OPENAI_CUSTOM_HEADERS"] = f"X-Team: {MARK}-team\nAuthorization: Bearer {MARK}-header"
    litellm.api_key = litellm.organization = f"{MARK}-setting"
    requests: dict[str, list[Request]] = {}
    for name in sorted({provider.value for provider in litellm.provider_list} - {*LOG_IN}):
        options: dict[str, Any] = {"aws_region_name": "us-east-1"} if name in AWS else {}
        with guarded(loopback), ScriptedServer(_answer) as server:
            url = f"{server.url}/v1"
            for face in FACES:
                _asked(face, f"{name}/m", None, url, timeout=1, **options)
            requests[name] = list(server.requests)
    leaking = [name for name, sent in requests.items() if any(map(_holds_mark, sent))]
    asked = [name for name, sent in requests.items() if sent]
    return {"asked": asked, "leaking": leaking, "planted": sorted(names)}


def _asked(face: Any, *arguments: Any, **options: Any) -> list[LLMResponse]:
    """The answers of ``invoke`` and of a stream."""
    llm = face(*arguments, max_retries=0, **options)
    if isinstance(llm, AsyncLiteLLM):
        return asyncio.run(_awaited(llm))
    with llm:
        return [ask(llm, how) for how in HOW]


async def _awaited(llm: AsyncLiteLLM) -> list[LLMResponse]:
    async with llm:
        return [await read(llm, how) for how in HOW]


def _holds_mark(request: Request) -> bool:
    values = [request.path, *request.query.values(), *request.headers.values()]
    values.append(request.body.decode("utf-8", "replace"))
    for word in re.findall(r"[\w+/]{16,}={0,2}", " ".join(values)):
        with contextlib.suppress(ValueError):
            values.append(base64.b64decode(word).decode("latin-1"))
    return any(MARK in value for value in values)


def _answer(request: Request) -> Script:
    if request.method != "POST" or not request.body.startswith(b"{"):
        return reply({"error": "Unexpected endpoint"}, 404)
    return OPENAI.dialect.answering(ANSWER)(request)


def _answers_bare(model: str, url: str) -> bool:
    import litellm

    try:
        answer = litellm.completion(
            model, QUESTION, api_key=KEY, api_base=url, num_retries=0, timeout=WAIT, drop_params=True
        )
        return bool(answer.choices[0].message.content == ANSWER.text)
    except Exception:  # noqa: BLE001 - most routes speak another wire, or need more than a key
        return False


_paths: list[str] = []
"""The paths of the requests that passed the backend's transport."""


class _Counted(CapturedExchange):
    def request(self, path: str, body: bytes) -> None:
        _paths.append(path)
        super().request(path, body)


if __name__ == "__main__":
    from unittest.mock import patch

    with patch("provider.litellm.calls.CapturedExchange", _Counted):
        print(json.dumps(asked() | asked_without_key()), flush=True)  # noqa: T201 - its answer
    os._exit(0)
