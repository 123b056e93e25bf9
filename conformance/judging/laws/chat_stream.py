"""How a chat completion is streamed: https://platform.openai.com/docs/api-reference/chat-streaming."""

from __future__ import annotations

import json

from conformance.judging.chat import DONE
from conformance.judging.law import InconclusiveError, Laws, equal, holds
from conformance.judging.laws.forms import STREAMED
from conformance.judging.reading import Reading, at, items, string
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("stream")


@LAWS.law(cases=STREAMED)
def a_stream_ends_with_done(server: Server, turn: Turn) -> None:
    """The last event of a stream is ``[DONE]``, and no other one is."""
    events = [event.data for event in server.streamed(turn).events]
    holds(events[-1:] == [DONE], f"{events[-1:]} as the last event", f"{DONE!r}")
    equal(events.count(DONE), 1)


@LAWS.law(cases={"id": "id", "created": "created", "model": "model"})
def chunks_share(server: Server, field: str) -> None:
    """All chunks of a stream have the same id, the same time and the same model."""
    values = [at(chunk, field) for chunk in server.streamed(text.COUNT).bodies]
    found = list(dict.fromkeys(map(json.dumps, values)))
    holds(
        len(found) == 1 and bool(values[0]),
        f"{len(found)} values: {', '.join(found[:3])}",
        "one for all chunks",
    )


@LAWS.law()
def the_first_delta_has_the_role(server: Server) -> None:
    """The first delta says that the assistant speaks, and no later one says anything else."""
    roles = [at(each, "delta", "role") for each in _choices(server.streamed(text.COUNT))]
    equal(roles[:1], ["assistant"])
    holds(set(roles) <= {"assistant", None, ""}, f"{roles}", "no other role")


@LAWS.law(cases=STREAMED)
def a_stream_says_once_why_it_ended(server: Server, turn: Turn) -> None:
    """One choice of a stream has its finish reason, and no text follows."""
    choices = _choices(server.streamed(turn))
    reasons = [at(each, "finish_reason") for each in choices]
    equal([each for each in reasons if each is not None], [server.api.endings["stop"]])
    later = "".join(string(each, "delta", "content") for each in choices[reasons.index("stop") + 1 :])
    holds(not later, f"{later!r} behind it", "no text")


@LAWS.law()
def the_usage_is_in_a_chunk_of_its_own(server: Server) -> None:
    """Where the usage was asked for, the last chunk has it and no choices; all others have none or null."""
    chunks = server.streamed(text.COUNT).bodies
    usages = [at(chunk, "usage") for chunk in chunks]
    holds(bool(at(usages, len(usages) - 1)), f"the usage {usages[-1:]} in the last chunk", "the usage")
    equal(at(chunks, len(chunks) - 1, "choices"), [])
    equal([each for each in usages[:-1] if each is not None], [])


@LAWS.law()
def the_usage_comes_only_where_it_was_asked_for(server: Server) -> None:
    """Without ``include_usage`` every chunk has a choice, and none has a usage."""
    body = server.body(text.COUNT, stream=True)
    exchange = server.send(server.api.sent({name: body[name] for name in body if name != "stream_options"}))
    chunks = server.api.streamed(exchange).bodies
    holds(bool(chunks), "no chunk", "chunks")
    without = [chunk for chunk in chunks if not items(chunk, "choices")]
    holds(not without, f"{without[:1]}", "a choice in every chunk")
    usages = [found for chunk in chunks if (found := at(chunk, "usage")) is not None]
    holds(not usages, f"the usage {usages[:1]}", "none")
    server.streamed(text.COUNT)


@LAWS.law("tools")
def a_call_begins_with_its_id_and_its_name(server: Server) -> None:
    """The first fragment of a streamed call has index, id, type and name; the later ones only the index."""
    fragments = [
        part
        for each in _choices(server.streamed(tools.NESTED_ARGUMENTS))
        for part in items(each, "delta", "tool_calls")
    ]
    if not fragments:
        raise InconclusiveError("no tool was called")
    first, *later = fragments
    equal([at(first, "index"), at(first, "type")], [0, "function"])
    holds(
        bool(string(first, "id")) and bool(string(first, "function", "name")), f"{first}", "an id and a name"
    )
    equal([at(each, "index") for each in later], [0] * len(later))
    again = [each for each in later if at(each, "id") or at(each, "function", "name")]
    holds(not again, f"{again[:1]}", "no further id and name")


@LAWS.law("parallel_tools")
def parallel_calls_have_indexes_of_their_own(server: Server) -> None:
    """The fragments of two streamed calls have the indexes 0 and 1."""
    choices = _choices(server.streamed(tools.PARALLEL))
    found = {str(at(part, "index")) for each in choices for part in items(each, "delta", "tool_calls")}
    equal(sorted(found), ["0", "1"])


def _choices(reading: Reading) -> list[object]:
    return [choice for chunk in reading.bodies for choice in items(chunk, "choices")]
