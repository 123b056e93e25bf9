"""Binds this repository's backends, declared in pyproject.toml, to the suite."""

pytest_plugins = ["conformance.plugin"]
