"""The entry point of pytest: it loads the plugin where the suite is asked, and nothing in any other run."""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGIN = "conformance.plugin"
"""Under the name that a conftest.py gives it too: pytest loads it once."""

SUITE = "conformance.scenarios"
"""By its name, for pytest ignores what lies in a virtual environment inside the project."""


def asking(project: Path, suite: str = SUITE) -> list[str]:
    """The arguments with which pytest asks the suite of what the folder ``project`` binds."""
    # Whoever calls pytest has imported some of the package; what has assertions is imported by pytest.
    quiet = ["-W", "ignore:Module already imported so cannot be rewritten"]
    # Told, for pytest would look for a project where the suite lies.
    settings = project / "pyproject.toml"
    told = ["-c", str(settings)] if settings.is_file() else []
    return ["--pyargs", suite, "--rootdir", str(project), *told, "-p", PLUGIN, *quiet]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Load the plugin before the conftest files, which may name it themselves."""
    if names_suite(early_config):
        early_config.pluginmanager.import_plugin(PLUGIN)


def names_suite(config: pytest.Config) -> bool:
    """Whether a run asks for the suite by its name: ``pytest --pyargs conformance``, or a part of it."""
    options = config.known_args_namespace
    named = options.file_or_dir or config.getini("testpaths")
    return bool(options.pyargs) and any(_package(str(each)) == "conformance" for each in named)


def _package(argument: str) -> str:
    return argument.partition("::")[0].partition(".")[0]
