"""The package that a backend comes from: an installed distribution, or the project that is tested."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import conformance
from conformance.entry import is_here
from conformance.runner.targets.pyproject import tables_in


def package_of(module: str, root: Path) -> dict[str, str | None]:
    """Name, version and addresses of what contains the module; each None where it is not known.

    Args:
        module: the first part of a module's name.
        root: the folder of the project that is tested.
    """
    if found := _distribution(module):
        # Not found["Home-page"]: since Python 3.12 it warns where there is none.
        named = [f"Homepage,{url}" for url in found.metadata.get_all("Home-page", [])]
        pairs = (url.partition(",")[::2] for url in [*named, *found.metadata.get_all("Project-URL", [])])
        return _described(found.name, found.version, {name.strip(): url.strip() for name, url in pairs})
    if (root / module).exists() or (root / f"{module}.py").exists():
        pyproject = root / "pyproject.toml"
        project = tables_in(pyproject).get("project", {}) if pyproject.is_file() else {}
        # The backends that ship have the version of the suite, which comes from a git tag.
        version = conformance.__version__ if is_here(root) else project.get("version")
        return _described(project.get("name"), version, project.get("urls", {}))
    return _described(None, None, {})


def _distribution(module: str) -> Distribution | None:
    """The distribution that installed the module, be it as files or as a folder that is edited.

    ``importlib.metadata.packages_distributions`` reads every file name of every distribution, which costs a
    tenth of a second, and does not know what is edited.
    """
    places = {str(place) for place in _places(module)}
    beside = (each for each in distributions(path=[*places]) if _installs(each, module))
    edited = (each for each in distributions() if _edited(each, places))
    return next(beside, None) or next(edited, None)


def _places(module: str) -> Iterator[Path]:
    """The folders that the module lies in, without an import of it."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return
    if spec is None:
        return
    if spec.submodule_search_locations is not None:
        yield from (Path(place).parent for place in spec.submodule_search_locations)
    elif spec.has_location and spec.origin:
        yield Path(spec.origin).parent


def _installs(distribution: Distribution, module: str) -> bool:
    """Whether the distribution's list of files, or the older one of modules, has the module."""
    files = (distribution.read_text("RECORD") or "").splitlines()
    modules = (distribution.read_text("top_level.txt") or "").split()
    return module in modules or any(file.startswith((f"{module}/", f"{module}.")) for file in files)


def _edited(distribution: Distribution, places: set[str]) -> bool:
    """Whether one of the folders belongs to the project that was installed to be edited (PEP 610)."""
    address = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not address.get("dir_info", {}).get("editable"):
        return False
    project = Path(unquote(urlsplit(address["url"]).path))
    return any(Path(place).is_relative_to(project) for place in places)


def _described(name: str | None, version: str | None, urls: Mapping[str, Any]) -> dict[str, str | None]:
    # Only https: the page makes a link of it.
    secure = {name: url for name, url in urls.items() if str(url).startswith("https://")}
    by_name = {name.lower().replace(" ", ""): url for name, url in secure.items()}

    def first(*names: str) -> str | None:
        return next((by_name[each] for each in names if each in by_name), None)

    return {
        "package": name,
        "version": version,
        "homepage": first("homepage", "home", "repository", "source", "documentation"),
        "issues": first("issues", "bugtracker", "tracker", "bugs"),
    }
