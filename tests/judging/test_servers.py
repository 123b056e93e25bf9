"""A right server keeps every law, and each wrong one breaks those that say what is wrong, and no other.

No recording tests: the servers are wrong on purpose, so they are scripts (``wrong_servers.py``).
"""

from __future__ import annotations

import pytest
from typing_extensions import override

from conformance.judging.judge import Outcome
from conformance.servers.scripted import Request, Script, reply, stream
from conformance.servers.scripted.dialects.dialect import compact
from tests.judging import wrong_servers
from tests.judging.judging import WRONG, broken, held, judgement
from tests.judging.right_server import Body, RightServer, Spoken
from tests.judging.wrong_servers import WrongServer

SILLY = [
    wrong_servers.OneAnswerToEverything,
    wrong_servers.TheQuestionIsItsAnswer,
    wrong_servers.EverythingIsRefused,
]

ODD = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a number": b"3",
    "no JSON": b"{",
    "no UTF-8": b"\xff\xfe",
    "too deep": b"[" * 2000,
    "a null choice": b'{"choices": [null], "usage": []}',
    "half a character": b'{"choices": [{"message": {"content": "\\ud800"}, '
    b'"delta": {"content": "\\ud800"}}]}',
    "odd calls": b'{"choices": [{"message": {"tool_calls": [null, {"function": null}]},'
    b' "delta": {"tool_calls": [3, {"index": [1]}]}, "finish_reason": {}}], "usage": {"prompt_tokens": "x"}}',
    "odd items": b'{"type": "response.completed", "output_index": [], "item": {"type": "function_call"},'
    b' "response": {"output": [null, {"type": "message", "content": 3}], "usage": 1}, "output": [{}]}',
    "odd blocks": b'{"type": "content_block_start", "index": {}, "content_block": {"type": "tool_use"},'
    b' "delta": {"stop_reason": []}, "content": [null, {"type": "tool_use", "input": 3}]}',
}


def test_a_right_server_keeps_every_law() -> None:
    right = judgement(RightServer())
    assert [(each.law.id, each.reason) for each in right.verdicts if each.outcome is not Outcome.HELD] == []
    assert right.status == 0
    assert right.unknown == set()


class OtherSpelling(RightServer):
    """What the specifications allow: comments, CR LF, no space behind a colon, and data on two lines."""

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        events = [compact(each).replace(',"choices"', ',\r\ndata:"choices"', 1) for each in chunks]
        framed = [f": wait\r\n\r\ndata:{event}\r\n\r\n".encode() for event in events]
        return stream([*framed, b"data:[DONE]\r\n\r\n"])

    @override
    def whole(self, body: Body) -> Script:
        return reply(body, headers={"content-type": "Application/JSON; charset=utf-8"})


class OtherParts(RightServer):
    """What only some servers send: a null usage, a refusal, an empty role, counts in detail, null calls."""

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        *others, last = ({"system_fingerprint": None, "usage": None, **each} for each in chunks)
        for each in others:
            for choice in each["choices"]:
                choice["delta"].setdefault("refusal", None)
        return super().streamed([*others, last])

    @override
    def message(self, spoken: Spoken) -> Body:
        return {"refusal": None, "annotations": [], "tool_calls": None, **super().message(spoken)}

    @override
    def usage(self, body: Body, answers: list[Spoken]) -> Body:
        return {**super().usage(body, answers), "prompt_tokens_details": {"cached_tokens": 0}}


@pytest.mark.parametrize("right", [OtherSpelling, OtherParts])
def test_a_right_server_may_differ_in_what_is_free(right: type[RightServer]) -> None:
    judged = judgement(right())
    assert [(each.law.id, each.reason) for each in judged.verdicts if each.outcome is not Outcome.HELD] == []


@pytest.mark.parametrize("wrong", WRONG, ids=[each.__name__ for each in WRONG])
def test_a_wrong_server_breaks_the_laws_that_say_what_is_wrong(wrong: type[WrongServer]) -> None:
    judged = judgement(wrong())
    assert broken(judged) == wrong.broken
    assert judged.status == 1


@pytest.mark.parametrize("silly", SILLY, ids=[each.__name__ for each in SILLY])
def test_a_server_that_understands_nothing_keeps_next_to_no_law(silly: type[RightServer]) -> None:
    judged = judgement(silly())
    assert len(held(judged)) <= len(judged.verdicts) / 100
    assert judged.status == 1


@pytest.mark.parametrize("api", ["chat", "messages", "responses"])
@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_no_law_crashes_on_an_odd_answer(body: bytes, api: str) -> None:
    event = b"data: " + body + b"\n\n"

    def odd(request: Request) -> Script:
        return stream([event]) if b'"stream": true' in request.body else reply(body)

    judged = judgement(odd, api=api)
    assert [each.reason for each in judged.verdicts if each.outcome is Outcome.ERRORED] == []
    assert held(judged) == []
    assert judged.lines()
