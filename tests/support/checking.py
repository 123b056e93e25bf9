"""A folder with a backend that is not declared, and runs of ``conformance check`` in it."""

from __future__ import annotations

import subprocess
import sys

from tests.package.guide import GATEWAY
from tests.package.wheel_environment import REPOSITORY, completed
from tests.support.project import PLUGINS, Project


class Folder(Project):
    """A project that declares nothing."""

    def __post_init__(self) -> None:
        (self.folder / "gateway.py").write_text(GATEWAY, "utf-8")

    def check(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``conformance check`` here, with the suite of the checkout."""
        return self.python("-m", "conformance", "check", *arguments, **environment)

    def python(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run Python here, with the suite of the checkout."""
        environment = {**PLUGINS, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", **more}
        return completed([sys.executable, *arguments], self.folder, **environment)
