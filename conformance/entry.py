"""The entry point for pytest: it loads the plugin in a run of the suite, and nothing in any other run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from conformance import PLUGIN


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Load the plugin before the conftest files, which may name it themselves."""
    if names_suite(early_config):
        early_config.pluginmanager.import_plugin(PLUGIN)


def names_suite(config: pytest.Config) -> bool:
    """Whether a run names the suite or a part of it, as ``pytest --pyargs conformance`` does."""
    options = config.known_args_namespace
    named = options.file_or_dir or config.getini("testpaths")
    packages = {re.split(r"::|\.", str(each))[0] for each in named}
    return bool(options.pyargs) and "conformance" in packages


def is_here(root: Path) -> bool:
    """Whether the suite is part of the project in ``root``, and not installed elsewhere."""
    return Path(conformance.__file__).is_relative_to(root / "conformance")
