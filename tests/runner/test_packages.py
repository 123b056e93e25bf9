"""What the header of a results file says of the package that a backend comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.runner.results.packages import package_of

DESCRIBED = """Metadata-Version: 2.4
Name: Applied-Models
Version: 4.5
Project-URL: Bug Tracker, https://example.org/issues
"""


def distribution(folder: Path, **files: str) -> None:
    """Write the files that an installer leaves beside what it installs."""
    place = folder / "applied_models-4.5.dist-info"
    place.mkdir(parents=True)
    for name, text in {"METADATA": DESCRIBED, **files}.items():
        (place / name.replace("_json", ".json").replace("_txt", ".txt")).write_text(text, "utf-8")


@pytest.mark.parametrize("file", ["applied.py", "applied/__init__.py", "applied/models.py"])
def test_a_module_belongs_to_the_distribution_that_installed_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    distribution(tmp_path, RECORD=f"applied_models-4.5.dist-info/METADATA,,\n{file},,\n")
    monkeypatch.syspath_prepend(tmp_path)
    package = package_of("applied", Path("/elsewhere"))
    assert package == {
        "package": "Applied-Models",
        "version": "4.5",
        "homepage": None,
        "issues": "https://example.org/issues",
    }


def test_an_edited_project_is_the_distribution_that_points_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, installed = tmp_path / "my project" / "src", tmp_path / "site"
    source.mkdir(parents=True)
    (source / "applied.py").touch()
    address = {"url": source.parent.as_uri(), "dir_info": {"editable": True}}
    distribution(installed, direct_url_json=json.dumps(address))
    for folder in (source, installed):
        monkeypatch.syspath_prepend(folder)
    assert package_of("applied", Path("/elsewhere"))["package"] == "Applied-Models"


@pytest.mark.parametrize("module", ["applied", "no.such-module", ""])
def test_a_module_of_no_package_is_described_by_nothing(module: str) -> None:
    assert set(package_of(module, Path("/elsewhere")).values()) == {None}


def test_a_module_in_the_tested_folder_has_the_name_of_its_project(tmp_path: Path) -> None:
    (tmp_path / "applied.py").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "1"\n', "utf-8")
    assert package_of("applied", tmp_path)["package"] == "mine"
