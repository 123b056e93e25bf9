"""Bodies are stored readable only where they come back unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance import recording
from conformance.recording import Interaction
from conformance.recording.cassette import bodies, yaml_text
from tests.recording.cassette_server import EVENTS, JSON, RERECORD, request, response, store

TEXT = {"content-type": "text/plain"}

SPECIAL = [*"\n\r\t\x85\u2028\x00\ufeff#'\"😀", "\r\n", " \n", ": ", "- ", "...", "---", "<<"]
awkward = st.sampled_from(SPECIAL)
awkward_text = st.lists(awkward | st.text(max_size=4), max_size=12).map("".join)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | awkward_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward_text, inner, max_size=4),
    max_leaves=12,
)


def returned(body: bytes, headers: dict[str, str], path: Path) -> bytes:
    store(path, Interaction(request(), response(body, headers)))
    return recording.read(path, RERECORD).interactions[0].response.body


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bodies") / "c.yaml"


@settings(deadline=None)
@given(value=json_values, ascii_only=st.booleans())
def test_any_json_comes_back_with_its_types_and_the_order_of_its_keys(
    value: Any, ascii_only: bool, path: Path
) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")
    assert json.dumps(json.loads(returned(body, JSON, path))) == json.dumps(value)


@settings(deadline=None)
@given(body=st.binary(), headers=st.sampled_from([JSON, EVENTS, TEXT, {}]))
def test_any_bytes_come_back(body: bytes, headers: dict[str, str], path: Path) -> None:
    try:
        expected = json.loads(body)
    except ValueError:
        assert returned(body, headers, path) == body
    else:
        assert json.loads(returned(body, headers, path)) == expected


@settings(deadline=None)
@given(text=awkward_text, headers=st.sampled_from([EVENTS, TEXT]))
@example(text="\n\u2028", headers=TEXT)  # PyYAML glues its end marker to it
def test_any_stream_and_any_text_come_back_byte_for_byte(
    text: str, headers: dict[str, str], path: Path
) -> None:
    body = text.encode("utf-8", "surrogatepass")
    assert returned(body, headers, path) == body


@settings(deadline=None)
@given(value=json_values)
def test_a_cassette_is_the_same_to_readers_with_and_without_libyaml(value: Any) -> None:
    form = bodies.encode(json.dumps(value).encode(), "application/json")
    text = yaml_text.dump(form)
    assert yaml.load(text, Loader=yaml.SafeLoader) == form == yaml_text.load(text)


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"a":1,"a":2}', "text"),
        (b'{"a":NaN}', "text"),
        (b'{"a":1e999}', "text"),
        (b'{"a":' + b"9" * 5000 + b"}", "text"),
        (b'{"a":"\\ud800"}', "text"),
        (b"[" * 100_000, "text"),
        (b"{", "text"),
        (b"\xff", "base64"),
        (b'{"b":1,"a":1.0}', "json"),
        (b'{"a":123456789012345678901234567890}', "json"),
        (b'{"a":-0.0,"b":5e-324}', "json"),
        (
            b'{"a":{},"b":[],"c":null,"d":"null","e":"1e3\xc2\x85\xe2\x80\xa8","f":"2026-01-01","<<":"=","":"~"}',
            "json",
        ),
    ],
)
def test_json_is_a_structure_only_where_every_reader_agrees_on_it(body: bytes, form: str) -> None:
    assert form in bodies.encode(body, "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"data: \xff\n\n", "not UTF-8"),
        (b"data: a\r\ndata: b\n\n", "mixed line ends"),
    ],
)
def test_base64_has_its_reason(body: bytes, reason: str) -> None:
    assert bodies.encode(body, "text/event-stream")["reason"] == reason


def test_no_line_is_folded(tmp_path: Path) -> None:
    line = "data: " + "long " * 200 + "'quoted' é"
    path = store(tmp_path / "c.yaml", Interaction(request(), response(line.encode(), EVENTS)))
    assert line.replace("'", "''") in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/problem+json"])
def test_json_is_known_by_its_content_type(tmp_path: Path, content_type: str) -> None:
    path = store(
        tmp_path / "c.yaml", Interaction(request(), response(b'{"a":1}', {"content-type": content_type}))
    )
    assert "json:\n        a: 1" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "form", [{}, {"lines": ["a"]}, {"lines": ["a"], "line_end": "VT"}, {"base64": "?"}, {"text": 1}]
)
def test_an_unknown_form_is_an_error(form: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        bodies.decode(form)


def test_a_long_text_that_repeats_itself_is_stored_once(path: Path) -> None:
    sentence = "This is too long: é, \u2028, and \ud7ff. "
    value = {"messages": [{"content": sentence * 25_000}, {"content": "a" * 5000}], "n": 1}

    body = json.dumps(value).encode()

    assert json.loads(returned(body, JSON, path)) == value
    assert path.stat().st_size < 3000


@pytest.mark.parametrize(
    "value",
    [
        "ab" * 4096,
        ["ab" * 4096, {"a.b": ["", "ab" * 4096]}],
        {"at": [], "text": "", "times": 0, "repeated": ["ab" * 4096]},
        "ab" * 4096 + "a",
        "ab" * 8,
        "x" * 2000 + "y" * 2000 + "z" * 2000,
    ],
    ids=["alone", "twice", "like-the-form", "not-quite", "short", "runs"],
)
def test_repeated_text_comes_back(value: Any, path: Path) -> None:
    assert json.loads(returned(json.dumps(value).encode(), JSON, path)) == value
