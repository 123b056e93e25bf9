"""Converts Ollama's own API, ``/api/chat`` and ``/api/generate``, to chat completions; free of I/O.

litellm gives streamed calls other ids, removes ``<think>`` wherever it stands in the text, calls every
end of ``/api/generate`` a ``stop``, and holds back an answer that begins like JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.decoding import TRANSLATED, raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import malformed
from provider.json_values import mapping, mappings, text
from provider.litellm.wires.ending import Ending, total, usage


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a line reports of the end; None where it has another form."""
    if "done" not in data and "done_reason" not in data:
        return None
    return Ending(
        contract_reason(data.get("done_reason")),
        is_last=data.get("done") is True,
        usage=usage(total(data, "prompt_eval_count"), total(data, "eval_count")),
    )


def completion(body: Any) -> dict[str, Any]:
    """The body of an answer as that of a chat completion.

    Raises:
        LLMProviderError: it is an error, or not an answer.
    """
    raise_in_band_error(body)
    if not isinstance(body, Mapping) or not {"message", "response"} & body.keys():
        raise malformed("the answer holds no message", body)
    lines = Lines()
    [chunk] = lines(body)
    [choice] = chunk["choices"]
    return {**chunk, "choices": [{**choice, "message": choice["delta"]}]}


class Lines:
    """The lines of an answer as chunks of a chat completion.

    Attributes:
        is_done: whether the last line was read; older versions send no reason with it.
    """

    def __init__(self) -> None:
        self.is_done = False
        self._calls = 0

    def __call__(self, line: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunk of one line."""
        end = ending(line) or Ending()
        message = mapping(line.get("message"))
        calls = mappings(message.get("tool_calls"))
        delta = {
            "content": text(message.get("content")) or text(line.get("response")),
            "reasoning_content": text(message.get("thinking")) or text(line.get("thinking")),
            "tool_calls": [{**call, "index": number} for number, call in enumerate(calls, start=self._calls)],
        }
        self._calls += len(calls)
        self.is_done |= end.is_last
        choice = {"delta": delta, **end.choice("", calls_tools=self._calls > 0)}
        yield {"choices": [choice], "usage": end.usage, TRANSLATED: True}
