"""The child process: llama.cpp's server with the tiny model, until standard input ends.

``python -m conformance.servers.engine.server`` prints one line, its address, once it
answers. It ends when its standard input does, also when its parent is killed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import sys
import time
from pathlib import Path

import xllamacpp

from conformance.servers.engine.paths import MODEL

HEALTH_SECONDS = 30.0

SLOTS = 2
"""Two streams can be read in turns; answers stay the same to the byte."""


def parameters(model: Path, api_key: str | None, context: int) -> xllamacpp.CommonParams:
    """The server's parameters: loopback, any free port, greedy, silent."""
    common = xllamacpp.CommonParams()
    common.model.path = str(model)
    # Without an alias the model's path would land in every recording.
    common.model_alias = ["tiny"]
    common.hostnames = ["127.0.0.1"]
    common.port = 0
    common.api_keys = [api_key] if api_key else []
    common.n_parallel = SLOTS
    common.n_ctx = context * SLOTS
    common.n_gpu_layers = 0
    # The model is too small to gain from a second thread, and tests run side by side.
    common.cpuparams.n_threads = 1
    common.sampling.temp = 0.0
    common.sampling.seed = 1
    common.verbosity = -1
    common.ui = False
    return common


def wait_for_health(address: str) -> None:
    """Wait until the server answers: ended before that, it can hang (measured)."""
    deadline = time.monotonic() + HEALTH_SECONDS
    while not healthy(address):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{address}/health did not answer within {HEALTH_SECONDS:g} s")
        time.sleep(0.01)


def healthy(address: str) -> bool:
    """Whether the server has loaded its model and answers."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except ConnectionError:
        return False
    finally:
        connection.close()


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api-key", help="demand this key of every request")
    parser.add_argument("--context", type=int, default=2048, help="tokens that a conversation may have")
    parser.add_argument("--model", type=Path, default=MODEL, help="another model file")
    chosen = parser.parse_args()
    # Ctrl-C reaches the whole terminal; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = xllamacpp.Server(parameters(chosen.model, chosen.api_key, chosen.context))
    wait_for_health(server.listening_address)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # Not sys.exit: it would destroy the server, which can hang (measured).
    os._exit(0)


if __name__ == "__main__":
    main()
