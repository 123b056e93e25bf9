"""What is sent to which machine: by TLS, and through the proxy of the environment.

Scripts: the server's log shows what was sent.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.testing import DEADLINE, KEY, Build, Dialect, Serve, Target, text

GREETING = text.GREETING
QUESTION = GREETING.messages
TLS_HANDSHAKE = b"\x16"


def test_an_https_address_is_asked_by_tls(build: Build) -> None:
    """A server whose address begins with ``https`` is asked by TLS: nothing is sent in the clear."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as beside:
        server.settimeout(DEADLINE)
        received = beside.submit(_first_byte, server)
        llm = build(f"https://127.0.0.1:{server.getsockname()[1]}", load=False)

        llm.load()
        response = llm.invoke(QUESTION)

        assert received.result() == TLS_HANDSHAKE
        assert response.is_error


def _first_byte(server: socket.socket) -> bytes:
    connection, _ = server.accept()
    with connection:
        return connection.recv(1)


ELSEWHERE = "http://provider.example"
HERE = ["http://localhost:1", "http://127.0.0.1:1", "http://127.0.0.2:1", "http://[::1]:1"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used_for_other_machines(
    variable: str, target: Target, serve: Serve, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment gets what is sent to other machines, and nothing that is sent to this."""
    proxy = serve(dialect.answering(GREETING.answer))
    monkeypatch.setenv(variable, proxy.url)

    for address in (ELSEWHERE, *HERE):
        llm = target.build(address, KEY, timeout=10, max_retries=0)
        llm.load()
        is_answered = not llm.invoke(QUESTION).is_error
        llm.unload()

        assert is_answered is (address == ELSEWHERE), address
    assert {request.headers["host"] for request in proxy.requests} == {"provider.example"}
