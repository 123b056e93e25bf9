"""Importing and loading the backends has few side effects.

No recording tests: each runs in a fresh process, because imports cannot be undone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import provider
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import Answer

REPOSITORY = Path(provider.__file__).parents[1]
DEADLINE = 120.0
"""Seconds; a process that imports litellm takes 4 to 7."""

IMPORT = """
import json, sys
import provider
for name in provider.__all__:
    getattr(provider, name)
print(json.dumps(sorted(sys.modules)))
"""

LOAD_WITHOUT_ONE = """
import importlib.machinery, json, logging, sys

url, missing = sys.argv[1:]

class Without(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None if fullname.partition(".")[0] == missing else super().find_spec(fullname, path, target)

place = sys.meta_path.index(importlib.machinery.PathFinder)
sys.meta_path[place] = Without

records = []
handler = logging.Handler()
handler.emit = lambda record: records.append(record.getMessage())
logging.getLogger("provider").addHandler(handler)

from provider import LiteLLM, LMStudioLLM, OpenAILLM

llms = [LiteLLM("openai/tiny", "key", url), OpenAILLM("tiny", "key", url), LMStudioLLM("tiny", url)]
loaded = [llm.load() for llm in llms]
answers = [llm.invoke([{"role": "user", "content": "?"}]) for llm in llms]
for llm in llms:
    llm.unload()
print(json.dumps({
    "loaded": loaded,
    "log": records,
    "answers": [answer.content or answer.error_code for answer in answers],
}))
"""

LOAD_LITELLM = """
import json, os, sys
from conformance.recording.network_guard import guarded
from provider import LiteLLM

opened = []

def watch(event, about):
    if event == "open":
        opened.append(str(about[0]))
    if event == "import" and about[0] == "litellm":
        os.environ["OF_ANOTHER_THREAD"] = "set while litellm is imported"

sys.addaudithook(watch)
before = dict(os.environ)
with guarded() as refusals:
    loaded = LiteLLM("anthropic/claude-sonnet-4-6", "key").load()
print(json.dumps({
    "loaded": loaded,
    "connections": refusals,
    "changed_variables": sorted(name for name, value in os.environ.items() if before.get(name) != value),
    "dotenv_files": [path for path in opened if path.endswith(".env")],
}))
"""


def run(code: str, *arguments: str, cwd: Path = REPOSITORY) -> Any:
    """Run ``code`` in a process without litellm's settings; returns the JSON that it prints last."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM_")}
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def test_importing_provider_imports_no_sdk() -> None:
    """An application does not wait for a backend that it may not use."""
    modules = set(run(IMPORT))

    assert "provider.litellm.backend" in modules
    heavy = {"openai", "litellm", "httpx", "pydantic", "tenacity", "asyncio", "PIL", "filetype"}
    assert modules.isdisjoint(heavy), modules & heavy


@pytest.mark.parametrize(
    ("sdk", "hint", "loaded"),
    [
        ("litellm", "pip install 'llm-backend-conformance[litellm]'", [False, True, True]),
        # litellm needs the openai SDK itself.
        ("openai", "pip install 'llm-backend-conformance[openai]'", [False, False, True]),
    ],
)
def test_without_an_sdk_its_backend_says_how_to_install_it_and_the_others_work(
    sdk: str, hint: str, loaded: list[bool]
) -> None:
    server = ScriptedServer(dialect("openai").with_other_paths(dialect("openai").answering(Answer("Yes."))))
    with server:
        seen = run(LOAD_WITHOUT_ONE, server.url, sdk)

    assert seen["loaded"] == loaded
    assert any(hint in line for line in seen["log"])
    assert seen["answers"] == ["Yes." if each else "not_loaded" for each in loaded]


def test_loading_litellm_leaves_no_trace(tmp_path: Path) -> None:
    """When it is imported, litellm reads a ``.env``, fetches its table of models and sets variables.

    One test, because the import takes four seconds.
    """
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=sk-of-somebody-else\n", "utf-8")

    seen = run(LOAD_LITELLM, cwd=tmp_path)

    assert seen == {
        "loaded": True,
        "connections": [],
        "changed_variables": ["OF_ANOTHER_THREAD"],
        "dotenv_files": [],
    }
