"""A pyproject.toml with a fault, and packages that offer backends with one: refused in a sentence."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from conformance.commands.torture.case import Case
from conformance.commands.torture.files_tried import NO_FILES, Made, promise_broken, text

_LIST = 'from conformance.cli import main; sys.exit(main(["list", "targets"]))'
_CHECK = 'from conformance.cli import main; sys.exit(main(["check", "--scenario", "invoke/text"]))'

_TABLES = "[tool.conformance.backends."
_CLASS = 'class = "provider:OpenAILLM"\n'
_SETTINGS = 'model = "tiny"\ndialect = "openai"\n'
_GOOD = f"{_TABLES}openai]\n{_CLASS}{_TABLES}openai.targets.engine]\n{_SETTINGS}"


def _target(name: str) -> Made:
    return text(_GOOD.replace("targets.engine", f'targets."{name}"'))


def _more(line: str) -> Made:
    return text(_GOOD + line)


def _routes(names: str, more: str = "") -> Made:
    return _more(
        f'{_TABLES}openai.routes.many]\nnames = {names}\nmodel = "{{route}}/x"\ndialect = "openai"\n{more}'
    )


SETTINGS: dict[str, Made] = {
    **{name: made for name, made in NO_FILES.items() if name != "a link to nothing"},
    "nothing": text(""),
    "no TOML": text("<html>"),
    "UTF-16": text(_GOOD.encode("utf-16")),
    "Latin-1": text(_GOOD.encode() + b"# \xe9"),
    "a byte order mark": text(b"\xef\xbb\xbf" + _GOOD.encode()),
    "a zero byte": text(_GOOD + "\0"),
    "5 MB": text(_GOOD + "#" * 5_000_000),
    "5000 lists in lists": text(f"a = {'[' * 5000}{']' * 5000}\n{_GOOD}"),
    "200 lists in lists": text(f"a = {'[' * 200}{']' * 200}\n{_GOOD}"),
    "900 tables in tables": text(f"[{'.'.join('a' * 900)}]\nb = 1\n{_GOOD}"),
    "a number of 5000 digits": _more(f"context = {'9' * 5000}\n"),
    "a key twice": _more(_SETTINGS),
    "a target that leads outside": _target("../../outside"),
    "a target of the root": _target("/etc"),
    "a target for Windows": _target("..\\\\outside"),
    "a drive of Windows": _target("C:outside"),
    "a target with a zero byte": _target("a\\u0000b"),
    "a target with a line end": _target("a\\nb"),
    "a target with an escape": _target("a\\u001b[2Jb"),
    "a target that turns the line around": _target("a\\u202eb"),
    "a target that nobody sees": _target("\\u200b"),
    "a target of 300 characters": _target("x" * 300),
    "a target without a name": _target(""),
    "a target with the sign between both": _target("a@b"),
    "a backend that leads outside": text(_GOOD.replace("backends.openai", 'backends."../x"')),
    "a hidden backend": text(_GOOD.replace("backends.openai", 'backends.".git"')),
    "a number as the backends": text("[tool.conformance]\nbackends = 5\n"),
    "a list as the tools": text("tool = [1]\n"),
    "a number as the class": text(_GOOD.replace(_CLASS, "class = 5\n")),
    "no class": text(_GOOD.replace(_CLASS, "")),
    "a list as the targets": text(f"{_TABLES}openai]\n{_CLASS}targets = [1]\n"),
    "a text as a target": text(f'{_TABLES}openai]\n{_CLASS}targets = {{ engine = "x" }}\n'),
    "a number as the model": text(_GOOD.replace('"tiny"', "5")),
    "a list as the dialect": text(_GOOD.replace('dialect = "openai"', "dialect = []")),
    "a dialect that nobody knows": text(_GOOD.replace('dialect = "openai"', 'dialect = "x"')),
    "a date as the path": _more("path = 2026-01-01\n"),
    "a list as the source": _more("source = []\n"),
    "a table as the scenarios": _more("scenarios = {}\n"),
    "numbers as mistakes": _more("accepts = [5]\n"),
    "a text as a capability": _more('capabilities = { image = "yes" }\n'),
    "a list as a constructor": _more("constructor = { model = [] }\n"),
    "a list as a known gap": _more('gaps = { "invoke/text" = [] }\n'),
    "a gap without a link": _more('gaps = { "invoke/text" = "later" }\n'),
    "a number as the hosted server": _more("hosted = 5\n"),
    "a number as its address": _more("hosted = { url = 5 }\n"),
    "a list as its key": _more('hosted = { url = "https://x.org", key = [] }\n'),
    "a text as its rate": _more('hosted = { url = "https://x.org", requests_per_minute = "x" }\n'),
    "an infinite rate": _more('hosted = { url = "https://x.org", requests_per_minute = nan }\n'),
    "a setting that nobody knows": _more("colour = 5\n"),
    "a true level": text(_GOOD.replace(_CLASS, f"{_CLASS}level = 99\n")),
    "a text as the routes": text(_GOOD.replace(_CLASS, f'{_CLASS}routes = "x"\n')),
    "a route that leads outside": _routes('["../x"]'),
    "numbers as routes": _routes("[1]"),
    "a text as the names": _routes('"abc"'),
    "a list as the gaps of routes": _routes('["a"]', "gaps = []\n"),
    "a text as the gaps of a route": _routes('["a"]', 'gaps = { a = "x" }\n'),
    "a route twice": _routes('["a", "a"]'),
}

CHECKED = (
    "5000 lists in lists",
    "a folder",
    "a pipe",
    "Latin-1",
    "a target that leads outside",
    "a zero byte",
)
"""Those that ``check`` reads too: pytest reads the file before any plugin of ours."""

ENTRY_POINTS = {
    "a name that leads outside": "../x = provider:OpenAILLM",
    "a name of 300 characters": f"{'x' * 300} = provider:OpenAILLM",
}


def _settings(made: Made, program: str, status: int, folder: Path) -> str:
    made(folder / "pyproject.toml")
    return promise_broken(folder, program, "", (status,))


def _offered(line: str, folder: Path) -> str:
    info = folder / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[conformance.backends]\n{line}\n", "utf-8")
    return promise_broken(folder, f"sys.path.insert(0, '.')\n{_LIST}", "", (2,))


CASES = (
    Case("a pyproject.toml", "as it should be", partial(_settings, text(_GOOD), _LIST, 0)),
    *(Case("a pyproject.toml", name, partial(_settings, made, _LIST, 2)) for name, made in SETTINGS.items()),
    *(
        Case("a pyproject.toml that pytest reads", name, partial(_settings, SETTINGS[name], _CHECK, 4))
        for name in CHECKED
    ),
    *(
        Case("a package that offers a backend", name, partial(_offered, line))
        for name, line in ENTRY_POINTS.items()
    ),
)
