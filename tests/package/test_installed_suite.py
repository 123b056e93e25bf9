"""Another repository, with the suite installed from its wheel, binds a backend and runs the suite.

No recording tests: each is about a repository that is not this one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Outcome
from tests.package.guide import GATEWAY
from tests.package.wheel_environment import OtherProject, wheel_environment

ENGINE = """
[project]
name = "gateway"
version = "1.2.3"

[tool.conformance.backends.mine]
class = "gateway:MyLLM"

[tool.conformance.backends.mine.targets.engine]
model = "tiny"
dialect = "openai"
path = "/v1"
"""

TEXT = ("--live", "--scenario", "invoke/text")
INVOKE = "conformance.scenarios.test_invoke"
"""The module of this scenario: collecting it alone takes a third of the time."""


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> OtherProject:
    """A repository with a backend that is not bound."""
    project = OtherProject(tmp_path, wheel_environment(tmp_path_factory))
    project.write("gateway.py", GATEWAY)
    return project


def test_a_run_without_a_bound_backend_is_a_usage_error(project: OtherProject) -> None:
    run, _ = project.suite()
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{project.folder} has no readable pyproject.toml" in run.stdout
    assert "no installed package offers an entry point conformance.backends" in run.stdout


def test_an_installed_package_offers_its_backend_by_an_entry_point(project: OtherProject) -> None:
    project.write(
        "gateway-1.2.3.dist-info/METADATA", "Metadata-Version: 2.1\nName: gateway\nVersion: 1.2.3\n"
    )
    project.write(
        "gateway-1.2.3.dist-info/entry_points.txt", "[conformance.backends]\noffered = gateway:MyLLM\n"
    )
    script = "import sys, pytest; sys.exit(pytest.main())"
    arguments = ("--pyargs", "conformance", "-q", "--live", "--scenario", "invoke/text")
    run = project.run("python", "-c", script, *arguments, "-p", "no:cacheprovider")
    assert run.returncode == 0, run.stdout
    assert "1 backend, 1 target, 1 scenario, 1 case\n1 run: 0 from recordings, 1 live" in run.stdout


def test_a_run_of_other_tests_neither_imports_the_suite_nor_has_its_options(
    project: OtherProject,
) -> None:
    project.write("conftest.py", "def pytest_addoption(parser):\n    parser.addoption('--target')\n")
    project.write(
        "test_own.py",
        """
        import sys

        def test_own(request):
            names = {"conformance", "provider", "vcr", "rich", "yaml", "httpx"}
            found = {name for name in sys.modules if name.partition(".")[0] in names}
            assert found == {"conformance", "conformance.entry"}
            assert request.config.getoption("target") == "mine"
        """,
    )
    # Other plugins of the environment, such as syrupy, may import what they like.
    run = project.pytest("-q", "--target", "mine")
    assert run.returncode == 0, run.stdout


def test_a_conftest_that_names_the_plugin_does_not_load_it_twice(project: OtherProject) -> None:
    project.write("pyproject.toml", ENGINE)
    project.write("conftest.py", 'pytest_plugins = ["conformance.plugin"]\n')
    run, report = project.suite(*TEXT, tests=INVOKE)
    assert (run.returncode, len(report)) == (0, 1), run.stdout


def test_a_folder_that_shadows_a_package_of_ours_is_named(project: OtherProject) -> None:
    project.write("pyproject.toml", ENGINE)
    project.write("provider/__init__.py", "")
    words = f"{project.folder / 'provider'} shadows the package `provider`"
    for arguments in (("-m", "pytest", "--pyargs", "conformance"), ("-m", "conformance", "check")):
        run = project.run("python", *arguments)
        assert (run.returncode, words in run.stdout) == (pytest.ExitCode.USAGE_ERROR, True), run.stdout
    run, report = project.suite(*TEXT, tests=INVOKE)
    assert (run.returncode, len(report)) == (0, 1), run.stdout


@pytest.mark.parametrize(("scope", "workers"), [("function", "0"), ("function", "2"), ("session", "0")])
def test_a_fixture_of_ours_cannot_be_replaced(project: OtherProject, scope: str, workers: str) -> None:
    project.write("pyproject.toml", ENGINE)
    conftest = f"import pytest\n\n@pytest.fixture(scope={scope!r})\ndef serve():\n    return None\n"
    file = project.write("conftest.py", conftest)
    run, report = project.suite(
        "--scenario", "endings", "-n", workers, tests="conformance.scenarios.test_endings"
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    by = f"{file}:3" if scope == "function" else "one of a wider scope"
    assert f"the fixture 'serve' of the conformance suite is replaced by {by}" in run.stdout
    assert Outcome.PASSED not in {result.outcome for result in report}


DROPPING = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "test_memory" not in item.name]
    for item in items:
        if "test_max_tokens" in item.name:
            item.add_marker(pytest.mark.xfail(reason="not today"))

class Late:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if "test_text" not in item.name]

    def pytest_runtest_setup(self, item):
        if "test_system_prompt" in item.name:
            pytest.skip("not today")
        if "test_stop_sequence" in item.name:
            pytest.xfail("not today")

def pytest_configure(config):
    config.pluginmanager.register(Late())
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_scenarios_that_a_conftest_switches_off_are_named_and_fail_the_run(
    project: OtherProject, workers: str
) -> None:
    project.write("pyproject.toml", ENGINE)
    project.write("conftest.py", DROPPING)
    run, report = project.suite("--live", "--scenario", "invoke/[tms]*", "-n", workers)
    assert report.footer is not None
    off = [
        "invoke/memory: 0 of 1 were collected",
        "mine@engine invoke/system_prompt: was skipped",
        "mine@engine invoke/stop_sequence: was expected to fail",
    ]
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert not [each for each in report if each.outcome.is_failure]
    # What was expected to fail and passes hides nothing.
    assert {each.outcome for each in report if each.id == "invoke/max_tokens"} == {Outcome.PASSED}
    assert report.footer["switched_off"] == off
    assert report.footer["lost"] == ["mine@engine invoke/text"]
    # A mark that excused nothing hides nothing.
    assert "invoke/max_tokens" in {each.id for each in report if each.outcome is Outcome.PASSED}
    assert not report.footer["complete"]
    assert report.is_incomplete
    for words in off:
        assert f"switched off (this fails the run): {words}" in run.stdout


def test_a_known_gap_that_passes_fails_the_run_and_so_does_one_of_no_scenario(project: OtherProject) -> None:
    gaps = """
[tool.conformance.backends.mine.targets.engine.gaps]
"invoke/text" = "no, https://x.org/1"
"invoke/txt" = "no, https://x.org/2"

[tool.pytest.ini_options]
xfail_strict = false
"""
    project.write("pyproject.toml", ENGINE + gaps)
    run, report = project.suite(*TEXT)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert "[XPASS(strict)]" in report.results[0].reason
    assert report.footer is not None
    unknown = "mine@engine: its known gap invoke/txt names no scenario that it is asked"
    assert report.footer["switched_off"] == [unknown]
