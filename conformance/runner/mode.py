"""How a run gets its answers."""

from __future__ import annotations

import pytest

from conformance.servers.hosted import HostedServers


def hosts_of(config: pytest.Config) -> HostedServers | None:
    """The hosted servers that the recorder may ask; None where it does not run."""
    plugins = config.pluginmanager.get_plugins()
    return next((plugin for plugin in plugins if isinstance(plugin, HostedServers)), None)
