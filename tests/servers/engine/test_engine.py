"""The embedded engine, asked over plain HTTP: the server in these tests is the real one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx
import pytest

import conformance
from conformance.servers.engine.client import ask, completion_request, connect, mismatch
from conformance.servers.engine.digest import model_digest, taught_digest
from conformance.servers.engine.gguf_metadata import metadata
from conformance.servers.engine.paths import MODEL
from conformance.servers.engine.process import Engine
from conformance.spec.dialogue import TRAINING_TURNS, Turn, structured, text, tools

REPOSITORY = Path(conformance.__file__).parents[1]

installed = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with Engine() as engine, connect(engine.url) as client:
        yield client


def answer(client: httpx.Client, turn: Turn) -> dict[str, Any]:
    response = client.post("/v1/chat/completions", json=completion_request(turn)).raise_for_status()
    body: dict[str, Any] = response.json()
    return body


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    # Not iter_lines: it also splits at U+2028, which the server's JSON leaves as it is.
    rest = ""
    for chunk in response.iter_text():
        *lines, rest = (rest + chunk).split("\n")
        data = [line.removeprefix("data: ") for line in lines if line]
        yield from (json.loads(event)["choices"][0]["delta"] for event in data if event != "[DONE]")


@contextmanager
def streaming(client: httpx.Client, turn: Turn) -> Iterator[Iterator[dict[str, Any]]]:
    body = {**completion_request(turn), "stream": True}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        yield events(response)


def joined(deltas: Iterable[dict[str, Any]], field: str = "content") -> str:
    return "".join(delta.get(field) or "" for delta in deltas)


@installed
class TestAnswers:
    @pytest.mark.parametrize("turn", TRAINING_TURNS, ids=lambda turn: turn.name)
    def test_every_taught_turn_is_exact(self, client: httpx.Client, turn: Turn) -> None:
        assert mismatch(client, turn) is None

    @pytest.mark.parametrize(
        "turn",
        [text.EMOJI, text.SCRIPTS, text.LINE_SEPARATORS, text.OUTER_SPACE, text.LONG, structured.CITIES],
        ids=lambda turn: turn.name,
    )
    def test_streamed_text_joined_is_the_plain_text(self, client: httpx.Client, turn: Turn) -> None:
        with streaming(client, turn) as deltas:
            assert joined(deltas) == ask(client, turn)[0].text == turn.answer.text

    def test_streamed_reasoning_is_separate_from_the_text(self, client: httpx.Client) -> None:
        turn = structured.REASONED
        with streaming(client, turn) as deltas:
            parts = list(deltas)
        assert joined(parts, "reasoning_content") == turn.answer.reasoning
        assert joined(parts) == turn.answer.text

    def test_streamed_arguments_come_in_pieces(self, client: httpx.Client) -> None:
        with streaming(client, tools.PARALLEL) as deltas:
            calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
        pieces = [call["function"]["arguments"] for call in calls if call["index"] == 1]
        assert len(pieces) > 1
        assert json.loads("".join(pieces)) == tools.OSLO.arguments

    def test_concurrent_questions_get_their_own_answers(self, client: httpx.Client) -> None:
        turns = (text.LONG, tools.NESTED_ARGUMENTS) * 8
        with ThreadPoolExecutor(4) as pool:
            assert [found for found in pool.map(lambda turn: mismatch(client, turn), turns) if found] == []

    def test_two_streams_can_be_read_alternately(self, client: httpx.Client) -> None:
        turns = (text.LONG, text.ALPHABET)
        with streaming(client, turns[0]) as first, streaming(client, turns[1]) as second:
            ones, others = zip(*zip_longest(first, second, fillvalue={}), strict=True)
        assert [joined(ones), joined(others)] == [turn.answer.text for turn in turns]

    def test_a_limit_of_tokens_cuts_the_answer(self, client: httpx.Client) -> None:
        choice = answer(client, text.CUT_SHORT)["choices"][0]
        assert choice["finish_reason"] == "length"
        assert text.CUT_SHORT.answer.text.startswith(choice["message"]["content"])

    def test_a_stop_word_ends_the_answer(self, client: httpx.Client) -> None:
        assert mismatch(client, text.STOPPED) is None

    def test_a_conversation_that_exceeds_the_context_is_refused(self, client: httpx.Client) -> None:
        response = client.post("/v1/chat/completions", json=completion_request(text.overflow(2048)))
        error = response.json()["error"]
        assert (response.status_code, error["type"]) == (400, "exceed_context_size_error")
        assert error["n_prompt_tokens"] > error["n_ctx"] == 2048

    def test_no_answer_reveals_the_path_of_the_model(self, client: httpx.Client) -> None:
        body = answer(client, text.GREETING)
        assert body["model"] == "tiny"
        assert str(MODEL.parent) not in json.dumps(body)


class TestModel:
    def test_is_trained_on_the_current_dialogue(self) -> None:
        assert model_digest() == taught_digest(), (
            "the dialogue has changed: run `make engine` and commit the model"
        )

    def test_another_dialogue_has_another_digest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("conformance.servers.engine.digest.TRAINING_TURNS", TRAINING_TURNS[1:])
        assert model_digest() != taught_digest()

    def test_is_small(self) -> None:
        assert MODEL.stat().st_size < 4_000_000

    def test_fits_its_context(self) -> None:
        assert metadata(MODEL)["llama.context_length"] >= 2048

    def test_a_file_that_is_not_a_model_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not a GGUF file"):
            metadata(Path(__file__))

    def test_is_used_without_the_packages_that_train_it(self) -> None:
        script = (
            "import sys\n"
            "from conformance.servers.engine import client, digest, process\n"
            "print({'jax', 'optax', 'gguf', 'tokenizers', 'numpy'} & set(sys.modules))"
        )
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"
