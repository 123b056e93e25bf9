"""Recordings, snapshots and the recorder's journal with a fault: each is named, and none is believed."""

from __future__ import annotations

import base64
import gzip
import json
from functools import partial
from pathlib import Path

from conformance.commands.torture.case import Case
from conformance.commands.torture.files_tried import NO_FILES, Made, promise_broken, text

_AUDIT = """
from pathlib import Path
import conformance.servers.scripted.dialects
from conformance.commands.audit.files import check_files
from conformance.recording import CassetteError, replay
from conformance.recording.drift.drift import compared
from conformance.recording import read
found = 0
for each in check_files(Path("cassettes"), [], {}):
    found += "pyproject.toml" not in each.kind
    print(each)
path = Path("cassettes/openai/engine/invoke/text.yaml")
try:
    with replay(path, "again"):
        recording = read(path, "again")
        compared(recording, recording)
except CassetteError as error:
    print(error)
    found += 1
sys.exit(1 if found else 0)
"""

_RECORD = """
from pathlib import Path
from conformance.commands.record.run import alone
sys.exit(alone(Path("cassettes").absolute(), lambda workspace: 0))
"""

_PLACE = "cassettes/openai/engine/invoke/text.yaml"
_GOOD = """provenance:
  source: recording
  scenario: invoke/text
  backend: openai
  target: engine
  model: tiny
  host: http://engine.invalid
  digest: 0a0a0a0a0a0a
  recorded: '2026-11-23T14:33:00Z'
  harness: 0.1.0
  sdks: {}
interactions:
- request:
    method: POST
    uri: http://engine.invalid/v1/chat
    headers: {}
    body:
      json: {a: 1}
  response:
    status: 200
    reason: OK
    headers:
      content-type: application/json
    body:
      json: {b: 2}
...
"""
_BOMB = "a: &a [x, x]\n" + "".join(
    f"{two}: &{two} [{', '.join([f'*{one}'] * 9)}]\n" for one, two in zip("abcdefgh", "bcdefghi", strict=True)
)


def _with(old: str, new: str) -> Made:
    assert old in _GOOD
    return text(_GOOD.replace(old, new))


def _compressed(path: Path) -> object:
    """An answer of 50 MB, compressed only when it is tried: every command imports these cases."""
    body = base64.b64encode(gzip.compress(bytes(50_000_000))).decode()
    old = "content-type: application/json\n    body:\n      json: {b: 2}"
    return _with(old, f"content-encoding: gzip\n    body:\n      base64: {body}")(path)


def _repeated(words: str) -> Made:
    return _with("json: {b: 2}", f"json: {{b: 2}}\n      repeated:\n      - {{{words}}}")


CASSETTES: dict[str, Made] = {
    **NO_FILES,
    "nothing": text(""),
    "UTF-16": text(_GOOD.encode("utf-16")),
    "a byte order mark": text(b"\xef\xbb\xbf" + _GOOD.encode()),
    "Latin-1": _with("reason: OK", "reason: \udce9"),
    "a zero byte": _with("reason: OK", "reason: \0"),
    "no end": text(_GOOD.removesuffix("...\n")),
    "70 MB": lambda path: path.write_bytes(
        _GOOD.replace("reason: OK", "reason: " + "x" * 70_000_000).encode()
    ),
    "aliases of aliases": _with(
        "provenance:\n", f"provenance:\n  x:\n    {_BOMB.replace(chr(10), chr(10) + '    ')}\n"
    ),
    "one alias": _with("sdks: {}", "sdks: &s {x: &y {z: '1'}, w: *y}"),
    "an alias of itself": _with("json: {b: 2}", "json: &j [*j]"),
    "100,000 lists in lists": _with("json: {b: 2}", f"json: {'[' * 100_000}{']' * 100_000}"),
    "500 lists in lists": _with("json: {b: 2}", f"json: {'[' * 500}{']' * 500}"),
    "a text a trillion times": _repeated("at: [b], text: x, times: 1000000000000"),
    "a text a huge number of times": _repeated(f"at: [b], text: x, times: {'9' * 400}"),
    "a list a billion times": _repeated("at: [b], text: [x], times: 1000000000"),
    "a text as a number of times": _repeated("at: [b], text: x, times: often"),
    "a text at no place": _repeated("at: [0, 9], text: x, times: 20"),
    "a text at an odd place": _repeated("at: [{c: d}], text: x, times: 20"),
    "a thousand texts of 60 MB": text(
        _GOOD.replace("...\n", "")
        + _GOOD.partition("interactions:\n")[2]
        .replace("...\n", "")
        .replace("json: {b: 2}", "json: {b: 2}\n      repeated:\n      - {at: [b], text: x, times: 60000000}")
        * 1000
        + "...\n"
    ),
    "a tag of Python": _with("json: {b: 2}", 'json: !!python/object/apply:os.system ["touch outside"]'),
    "a date": _with("json: {b: 2}", "json: 2001-12-14"),
    "a set": _with("json: {b: 2}", "json: !!set {x, y}"),
    "a number in 60s": _with("json: {b: 2}", f"json: 1{':59' * 99_999}"),
    "infinity": _with("json: {b: 2}", "json: .inf"),
    "an infinite number": _with("json: {b: 2}", "json: 1.0e+999"),
    "a number of 5000 digits": _with("json: {b: 2}", f"json: {'9' * 5000}"),
    "a repeated key": _with("status: 200", "status: 200\n    status: 500"),
    "two documents": _with("interactions:", "---\ninteractions:"),
    "a status of five digits": _with("status: 200", "status: 99999"),
    "true as a status": _with("status: 200", "status: true"),
    "a header in a header": _with("application/json", '"a\\r\\nset-cookie: x"'),
    "a compressed answer": _compressed,
    "wrong base64": _with("json: {b: 2}", "base64: '*'"),
    "a form that nobody knows": _with("json: {b: 2}", "pickle: x"),
    "an address that is none": _with("uri: http://engine.invalid", "uri: http://["),
    "the address of a file": _with("uri: http://engine.invalid", "uri: file:///etc"),
    "a port that is none": _with("uri: http://engine.invalid", "uri: http://engine.invalid:x"),
    "a host that runs": _with("host: http://engine.invalid", "host: javascript:alert(1)"),
    "a date without a T": _with("2026-11-23T14:33:00Z", "2026-11-23 14:33:00+00:00"),
    "a name that leads outside": _with("scenario: invoke/text", "scenario: ../../../x"),
    "a number for the interactions": text(_GOOD.partition("interactions:")[0] + "interactions: 5\n...\n"),
    "an interaction that is a text": text(_GOOD.partition("interactions:")[0] + "interactions: [x]\n...\n"),
    "a list for headers": _with("headers: {}", "headers: []"),
}
SNAPSHOTS: dict[str, Made] = {
    **NO_FILES,
    "nothing": text(""),
    "UTF-16": text("[]".encode("utf-16")),
    "Latin-1": text(b'["\xe9"]'),
    "100,000 lists in lists": text("[" * 100_000 + "]" * 100_000),
    "900 lists in lists": text("[" * 900 + "]" * 900),
    "a number of 5000 digits": text(f"[{'9' * 5000}]"),
    "NaN": text("[NaN]"),
    "a repeated key": text('[{"a": 1, "a": 2}]'),
    "70 MB": lambda path: path.write_bytes(b"[" + b" " * 70_000_000 + b"]"),
}
_SWAP = ".cassettes-recording/swap.json"


def _journal(content: str) -> Made:
    def made(folder: Path) -> None:
        (folder / _SWAP).parent.mkdir()
        (folder / ".cassettes-recording" / "cassettes").mkdir()
        (folder / "moved").write_text("x", "utf-8")
        (folder / _SWAP).write_text(content, "utf-8")

    return made


JOURNALS: dict[str, Made] = {
    "a path that leads outside": _journal(json.dumps(["../moved"])),
    "a whole path": _journal(json.dumps(["/etc/hostname"])),
    "no list": _journal("5"),
    "a list of numbers": _journal("[5]"),
    "a zero byte": _journal('["a\\u0000"]'),
    "no JSON": _journal("["),
    "lists in lists": _journal("[" * 100_000),
    "a link for the folder": lambda folder: (folder / ".cassettes-recording").symlink_to(folder / "x"),
    "a link for the holder": lambda folder: (folder / ".cassettes-recording.holder").symlink_to(folder / "x"),
}


def _cassette(made: Made, folder: Path, status: int = 1) -> str:
    (folder / _PLACE).parent.mkdir(parents=True)
    made(folder / _PLACE)
    return promise_broken(folder, _AUDIT, "text.yaml", (status,))


def _snapshot(made: Made, folder: Path) -> str:
    (folder / _PLACE).parent.mkdir(parents=True)
    (folder / _PLACE).write_text(_GOOD, "utf-8")
    made((folder / _PLACE).with_suffix(".json"))
    return promise_broken(folder, _AUDIT, "text.json", (1,))


def _recorder(made: Made, folder: Path) -> str:
    (folder / "cassettes").mkdir()
    made(folder)
    return promise_broken(folder, _RECORD, ".cassettes-recording", (2,))


CASES = (
    Case("a recording", "as it should be", partial(_cassette, text(_GOOD), status=0)),
    *(Case("a recording", name, partial(_cassette, made)) for name, made in CASSETTES.items()),
    *(Case("a snapshot", name, partial(_snapshot, made)) for name, made in SNAPSHOTS.items()),
    *(Case("the journal of the recorder", name, partial(_recorder, made)) for name, made in JOURNALS.items()),
)
