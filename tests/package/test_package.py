"""The content and the requirements of the wheel. No recording tests: they read files."""

from __future__ import annotations

import re
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import conformance
from tests.package.wheel_environment import REPOSITORY, OtherProject, WheelEnvironment, wheel_environment

PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
HEAVY = ("openai", "litellm", "pytest", "vcrpy", "xllamacpp", "jax", "boto3", "Jinja2")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> WheelEnvironment:
    return wheel_environment(tmp_path_factory)


@pytest.fixture(scope="module")
def names(environment: WheelEnvironment) -> list[str]:
    return zipfile.ZipFile(environment.wheel).namelist()


@pytest.fixture(scope="module")
def metadata(environment: WheelEnvironment, names: list[str]) -> str:
    [name] = [name for name in names if name.endswith(".dist-info/METADATA")]
    return zipfile.ZipFile(environment.wheel).read(name).decode("utf-8")


def test_the_wheel_holds_what_a_run_needs(names: list[str]) -> None:
    assert {
        "conformance/servers/engine/model/tiny.gguf",
        "conformance/servers/engine/model/tokenizer.json",
        "conformance/servers/engine/template.jinja",
        "conformance/scenarios/test_invoke.py",
        "conformance/scenarios/bugs/S.toml",
        "conformance/report/results.schema.json",
        "conformance/report/page/index.html.j2",
        "conformance/py.typed",
        "provider/py.typed",
    } <= set(names)


def test_the_wheel_holds_every_file_of_both_packages(names: list[str]) -> None:
    kept = (path for package in ("conformance", "provider") for path in (REPOSITORY / package).rglob("*"))
    files = {path.relative_to(REPOSITORY).as_posix() for path in kept if path.is_file()}
    assert {file for file in files if "__pycache__" not in file} == {
        name for name in names if ".dist-info/" not in name
    }


def test_the_wheel_holds_no_recordings_and_no_tests_of_the_machinery(names: list[str]) -> None:
    assert {Path(name).parts[0] for name in names if ".dist-info/" not in name} == {"conformance", "provider"}
    assert not [name for name in names if name.endswith((".yaml", ".yml"))]
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]


def test_a_backend_requires_only_its_own_sdk(metadata: str) -> None:
    headers = HeaderParser().parsestr(metadata)
    asked = headers.get_all("Requires-Dist") or []
    always = {re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in asked if "extra ==" not in each}
    assert always == {"anyio", "httpx", "filetype", "pillow", "tenacity", "typing-extensions"}
    assert always.isdisjoint(HEAVY)
    assert headers.get_all("Provides-Extra") == sorted(PYPROJECT["project"]["optional-dependencies"])
    for extra, sdk in (("openai", "openai"), ("litellm", "litellm"), ("engine", "xllamacpp")):
        assert [each for each in asked if each.startswith(sdk) and f"extra == '{extra}'" in each]


def test_the_version_comes_from_a_tag_or_from_the_fallback_of_both_places(
    environment: WheelEnvironment, metadata: str, tmp_path: Path
) -> None:
    """Runs from a checkout are not installed, but their recordings name the version too."""
    fallback = PYPROJECT["tool"]["hatch"]["version"]["fallback-version"]
    source = (REPOSITORY / "conformance" / "__init__.py").read_text("utf-8")
    assert f'return "{fallback}"' in source
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.post\d+\.dev\d+)?", conformance.__version__)
    script = "import conformance; print(conformance.__version__)"
    version = OtherProject(tmp_path, environment).run("python", "-c", script).stdout.strip()
    assert version == HeaderParser().parsestr(metadata)["Version"]
    assert re.match(r"\d+\.\d+\.\d+", version)
