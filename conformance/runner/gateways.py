"""Workers of xdist on other machines (``--tx``): which connections they and their controller may use."""

from __future__ import annotations

import pytest

from conformance.recording.network_guard import Rule, leave_open, loopback


def reachable(config: pytest.Config) -> Rule:
    """The rule of a run: this machine, and for a controller the gateways that its command line names.

    A worker reaches only its own machine; the connection to its controller is open already.
    """
    if hasattr(config, "workerinput"):
        # Where xdist keeps it, for it publishes no other way: none in a worker that it speaks to by a pipe.
        own = next(each for each in config.pluginmanager.get_plugins() if hasattr(each, "channel"))
        if (sock := getattr(own.channel.gateway._io, "sock", None)) is not None:
            leave_open(sock)
        return loopback
    parts = [part for each in config.getoption("tx", None) or () for part in each.split("//")]
    named = [part.partition("socket=")[2].rpartition(":") for part in parts]
    gateways = {(host, int(port)) for host, _, port in named if port.isdecimal()}

    def rule(host: str, port: int | None) -> bool:
        return loopback(host, port) or (host, port) in gateways

    return rule
