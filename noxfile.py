"""Environments of their own: the suite over several versions of the SDKs, the examples, others' servers.

``make sdk-matrix``, ``make examples`` and ``make servers`` run these sessions; ``make test`` runs none.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nox
from packaging.requirements import Requirement

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements" / "dev.txt"
MATRIX = ROOT / "sdk-matrix"
EXAMPLES = ROOT / "examples-report"
SERVERS = ROOT / "servers-report"
RESULTS = "results.jsonl"

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = []


NEWEST = "newest"
"""In place of a version: the newest one that can be installed on the day of the run."""


@dataclass(frozen=True)
class Row:
    """One version of an SDK; everything else is as it is locked, or moved where this version demands it.

    Attributes:
        sdk: the SDK, and the backend that wraps it, whose targets run.
        version: its version, or ``NEWEST``.
        beyond: whether pyproject.toml need not admit it: then it is there to show what it would break.
    """

    sdk: str
    version: str
    beyond: bool = False

    @property
    def name(self) -> str:
        """The name of its session and of its folder."""
        return f"{self.sdk}-{self.version}"

    @property
    def requirement(self) -> str:
        """The requirement to install, as pip reads it."""
        return self.sdk if self.version == NEWEST else f"{self.sdk}=={self.version}"

    @property
    def results(self) -> Path:
        """Where its results lie."""
        return MATRIX / self.name / RESULTS


def pinned(requirements: str) -> dict[str, str]:
    """The version of each package that a requirements file pins."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", requirements, re.MULTILINE))


def declared() -> dict[str, Requirement]:
    """What pyproject.toml demands of each SDK."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    return {each.name: each for sdk in ("litellm", "openai") for each in map(Requirement, extras[sdk])}


def barred(pins: dict[str, str]) -> list[str]:
    """What must never be installed: the releases that pyproject.toml excludes by name, as malicious."""
    bad = {
        (sdk, each.version)
        for sdk, one in declared().items()
        for each in one.specifier
        if each.operator == "!="
    }
    return [f"{name}=={version}" for name, version in pins.items() if (name, version) in bad]


LOCKED = pinned(LOCK.read_text("utf-8"))

ROWS = (
    # The first of each SDK is the one that the others are measured against. The newest is run weekly by
    # .github/workflows/versions.yml: what it breaks is what the next release of this project has to bear.
    Row("litellm", LOCKED["litellm"]),
    Row("litellm", NEWEST, beyond=True),
    Row("litellm", "1.109.0"),  # the lower bound
    Row("litellm", "1.108.0", beyond=True),
    Row("litellm", "1.100.5", beyond=True),
    Row("openai", LOCKED["openai"]),
    Row("openai", NEWEST, beyond=True),
    Row("openai", "3.0.0"),
    Row("openai", "2.30.0"),  # the lower bound
    Row("openai", "2.20.0", beyond=True),
)


@nox.session
@nox.parametrize("row", [nox.param(row, id=row.name) for row in ROWS])
def sdks(session: nox.Session, row: Row) -> None:
    """Run the suite on one version of an SDK: live on the engine, and on scripts.

    The checkout itself is what runs, as with ``make test``; only what it depends on differs.
    """
    folder = row.results.parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pin = folder / "pin.txt"
    pin.write_text(f"{row.requirement}\n", "utf-8")
    # The version of openai must not depend on litellm.
    extras = ("bedrock", "vertex") if row.sdk == "litellm" else ("openai",)
    wanted = [part for extra in (*extras, "suite", "engine") for part in ("--extra", extra)]
    pinned_by = ("--override" if row.beyond else "--constraint", str(pin))
    # Without this, uv prefers the locked version to the newest.
    upgraded = ("--upgrade-package", row.sdk) if row.version == NEWEST else ()
    install(session, folder, "pyproject.toml", *wanted, *pinned_by, *upgraded)
    # The results have the failures; only an unfinished run is an error here. Warnings are ignored, because
    # other versions deprecate other things. hypothesis, which addopts names, is not installed.
    suite = ["conformance/scenarios", "--live", "--target", f"{row.sdk}@*", "--results", str(row.results)]
    settings = ["-o", "addopts=--strict-markers", "-W", "ignore", "-p", "no:cacheprovider"]
    quiet = ["-q", "--tb=no", "-rN"]
    session.run("python", "-m", "pytest", *settings, *quiet, *suite, success_codes=[0, 1])


@nox.session(venv_backend="none")
def versions(session: nox.Session) -> None:
    """Show what each version breaks that has results, and write sdk-matrix/summary.md."""
    missing = [row for row in ROWS if not row.results.is_file()]
    for row in missing:
        session.warn(f"{row.name} has no results: run nox -s 'sdks({row.name})'")
    compared = []
    for sdk in dict.fromkeys(row.sdk for row in ROWS):
        first, *others = (row for row in ROWS if row.sdk == sdk)
        present = [row for row in (first, *others) if row not in missing]
        if present and first in missing:
            session.error(f"the others are compared with {first.name}, which has no results")
        if present:
            compared += ["--of", sdk, *(str(row.results) for row in present)]
    if not compared:
        session.error("no version has results")
    beyond = [part for row in ROWS if row.beyond for part in ("--beyond", str(row.results))]
    output = str(MATRIX / "summary.md")
    session.run(sys.executable, "-m", "conformance", "versions", *compared, *beyond, "-o", output)


FOLDERS = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))


@nox.session
@nox.parametrize("folder", [nox.param(folder, id=folder.name) for folder in FOLDERS])
def examples(session: nox.Session, folder: Path) -> None:
    """Run the suite on one of the examples, from its recordings, as its own repository would."""
    results = EXAMPLES / folder.name / RESULTS
    shutil.rmtree(results.parent, ignore_errors=True)
    results.parent.mkdir(parents=True)
    checkout = results.parent / "checkout.txt"
    checkout.write_text(f"llm-backend-conformance[suite,engine] @ {ROOT.as_uri()}\n", "utf-8")
    install(session, results.parent, str(folder / "pyproject.toml"), str(checkout))
    session.chdir(folder)
    session.run("python", "-m", "conformance", "check", "--results", str(results))


@nox.session(venv_backend="none")
def examples_page(session: nox.Session) -> None:
    """Join the results of the examples, and write the page of all, and the numbers of README and findings."""
    joined(session, EXAMPLES, [folder.name for folder in FOLDERS])
    session.run(sys.executable, "-m", "conformance", "docs", "--examples", str(EXAMPLES / RESULTS))


STRANGERS = {
    "llama.cpp": None,
    # Its extra needs a package that not every release has; uv takes the newest that is complete.
    "litellm": "litellm[proxy]>=1.100,!=1.82.7,!=1.82.8",
    "aimock": "@copilotkit/aimock@1.43.0",
}
"""The servers of others that are judged, and what is installed for each; aimock comes from npm."""


@nox.session
@nox.parametrize("server", [nox.param(server, id=server) for server in STRANGERS])
def servers(session: nox.Session, server: str) -> None:
    """Start a server of others on this machine, and judge it."""
    results = SERVERS / server / RESULTS
    shutil.rmtree(results.parent, ignore_errors=True)
    results.parent.mkdir(parents=True)
    wanted, program = STRANGERS[server], ""
    try:
        if server == "aimock":
            prefix = str(Path(session.create_tmp()).resolve())
            session.run_install("npm", "install", "--silent", "--prefix", prefix, str(wanted), external=True)
            program = str(Path(prefix, "node_modules", ".bin", "llmock"))
        elif wanted is not None:
            session.install(wanted)
            program = str(Path(session.bin, server))
    except nox.command.CommandFailed:
        session.error(f"{server} was not judged: {wanted} could not be installed; the error is above.")
    # The judge runs in the environment of nox, and only the server in that of the session. It finds something
    # wrong with each of them, which is a result and not an error.
    judge = [sys.executable, "-m", "tests.judging.strangers", server, program, str(results)]
    session.run(*judge, external=True, success_codes=[0, 1])
    if not results.is_file():
        session.error(f"{server} was not judged: it did not start; the error is above.")


@nox.session(venv_backend="none")
def servers_page(session: nox.Session) -> None:
    """Join the results of the servers, and write the page of all, side by side."""
    joined(session, SERVERS, list(STRANGERS))


def joined(session: nox.Session, root: Path, names: list[str]) -> None:
    """Write the results that the folders ``names`` of ``root`` have as one file and one page.

    Raises:
        nox.sessions._SessionQuit: some have none.
    """
    whole = root / RESULTS
    files = {name: root / name / RESULTS for name in names}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing == names:
        session.error("there are no results")
    conformance = [sys.executable, "-m", "conformance"]
    found = [str(file) for name, file in files.items() if name not in missing]
    session.run(*conformance, "combine", *found, "-o", str(whole), success_codes=[0, 1])
    session.run(*conformance, "report", "--results", str(whole), "-o", str(root))
    if missing:
        session.error(f"no results, and so not on the page: {', '.join(missing)}")


def install(session: nox.Session, folder: Path, *wanted: str) -> None:
    """Install the requirements at the locked versions, except where they demand others.

    Raises:
        nox.sessions._SessionQuit: it cannot be resolved or downloaded, or would be a release that is barred.
    """
    resolved = folder / "requirements.txt"
    # What stands in its output already is what uv prefers.
    shutil.copyfile(LOCK, resolved)
    try:
        session.run_install(
            "uv",
            "pip",
            "compile",
            "-q",
            *wanted,
            "--no-header",
            "--no-annotate",
            "-o",
            str(resolved),
            silent=True,
        )
        if found := barred(pinned(resolved.read_text("utf-8"))):
            session.error(f"{', '.join(found)} must never be installed: see pyproject.toml")
        session.run_install(
            "uv", "pip", "sync", "-q", "--reinstall-package", "llm-backend-conformance", str(resolved)
        )
    except nox.command.CommandFailed:
        session.error(
            f"{session.name} did not run: its packages could not be installed into "
            f"{session.virtualenv.location}; uv's error is above. "
            "Run it again with a network, or set UV_CACHE_DIR to a cache that has every package."
        )
