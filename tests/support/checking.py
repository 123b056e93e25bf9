"""A folder with a backend that is not declared, and runs of ``conformance check`` in it."""

from __future__ import annotations

from tests.package.guide import GATEWAY
from tests.support.project import Project, Run


class Folder(Project):
    """A project that declares nothing."""

    def __post_init__(self) -> None:
        (self.folder / "gateway.py").write_text(GATEWAY, "utf-8")

    def check(self, *arguments: str, **environment: str) -> Run:
        """Run ``conformance check`` here."""
        return self.command("check", *arguments, **environment)

    def environment(self, **more: str) -> dict[str, str]:
        # A file that is changed within a second may look unchanged to Python.
        return super().environment(PYTHONDONTWRITEBYTECODE="1", **more)
