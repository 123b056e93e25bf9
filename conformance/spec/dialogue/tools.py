"""Turns about tools: single and parallel calls, their arguments, their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.spec.dialogue.matchers import Matcher, mentions, same_numbers, same_words, text_beside_calls
from conformance.spec.dialogue.turn import (
    Answer,
    Call,
    Message,
    Tool,
    Turn,
    calling,
    result,
    system,
    tool,
    user,
)

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}

WEATHER = tool("get_weather", "Weather of a city now.", city=TEXT)
ALARMS = tool("list_alarms", "All alarms that are set.")
SEND = tool("send_message", "Send a message.", to=TEXT, text=TEXT)
ADD = tool("add", "Add two numbers.", a=NUMBER, b=NUMBER)
EVENT = tool(
    "create_event",
    "Put an event into the calendar.",
    title=TEXT,
    when={
        "type": "object",
        "properties": {"day": TEXT, "hour": NUMBER},
        "required": ["day", "hour"],
    },
    guests={"type": "array", "items": TEXT},
)

PARIS = Call("get_weather", {"city": "Paris"})
OSLO = Call("get_weather", {"city": "Oslo"})
ROME = Call("get_weather", {"city": "Rome"})
ASK_PARIS = user("What is the weather in Paris? Use the tool.")
ASK_BOTH = user("What is the weather in Paris and in Oslo? Use the tool for both at once.")


def call(name: str, question: str, *calls: Call, tools: Sequence[Tool] = (WEATHER,)) -> Turn:
    """A question that a good model answers by exactly these calls."""
    return Turn(name, [user(question)], Answer(calls=calls), tools=tools, matcher=text_beside_calls)


def after(
    name: str,
    messages: Sequence[Message],
    text: str,
    tools: Sequence[Tool] = (WEATHER,),
    matcher: Matcher = same_numbers,
) -> Turn:
    """A conversation that ends with tool results and is answered by text."""
    return Turn(name, messages, Answer(text), tools=tools, matcher=matcher)


ONE_CALL = Turn("one_call", [ASK_PARIS], Answer(calls=(PARIS,)), tools=[WEATHER], matcher=text_beside_calls)
OF_TWO_TOOLS = call(
    "of_two_tools", "Add 17 and 25 with the tool.", Call("add", {"a": 17, "b": 25}), tools=(WEATHER, ADD)
)
OTHER_OF_TWO_TOOLS = call(
    "other_of_two_tools", "What is the weather in Rome? Use the tool.", ROME, tools=(WEATHER, ADD)
)
NO_ARGUMENTS = call(
    "no_arguments", "Which alarms are set? Use the tool.", Call("list_alarms"), tools=(ALARMS,)
)
UNICODE_ARGUMENTS = call(
    "unicode_arguments",
    "What is the weather in 東京? Use the tool.",
    Call("get_weather", {"city": "東京"}, same={"Tokyo": "東京"}),
)
QUOTED_ARGUMENTS = call(
    "quoted_arguments",
    'Send Zoë the message: "Café" at 5? 🦀',
    Call("send_message", {"to": "Zoë", "text": '"Café" at 5? 🦀'}),
    tools=(SEND,),
)
NESTED_ARGUMENTS = call(
    "nested_arguments",
    "Put the event Lunch on Friday at 12 with Ada and Bob into the calendar.",
    Call(
        "create_event",
        {"title": "Lunch", "when": {"day": "Friday", "hour": 12}, "guests": ["Ada", "Bob"]},
    ),
    tools=(EVENT,),
)
PARALLEL = Turn(
    "parallel", [ASK_BOTH], Answer(calls=(PARIS, OSLO)), tools=[WEATHER], matcher=text_beside_calls
)
PARALLEL_MIXED = call(
    "parallel_mixed",
    "Weather in Rome, and add 2 and 3: use both tools at once.",
    ROME,
    Call("add", {"a": 2, "b": 3}),
    tools=(WEATHER, ADD),
)
THREE_CALLS = call(
    "three_calls",
    "What is the weather in Paris, Oslo and Rome? Use the tool for all three at once.",
    PARIS,
    OSLO,
    ROME,
)
TEXT_BESIDE_CALL = Turn(
    "text_beside_call",
    [system("Before you use a tool, say: One moment."), ASK_PARIS],
    Answer("One moment.", calls=(PARIS,)),
    tools=[WEATHER],
    matcher=mentions("One moment"),
)
NOT_NEEDED = Turn(
    "not_needed",
    [user("Do not use any tool. Reply with exactly this and nothing else: No tool.")],
    Answer("No tool."),
    tools=[WEATHER],
    matcher=same_words,
)

SUNNY = '{"sky": "sunny", "celsius": 21}'
SNOW = '{"sky": "snow", "celsius": -3}'
DEGREES = system("Answer with the degrees in digits only.")
RESULT = after("result", [DEGREES, ASK_PARIS, calling(PARIS), result(SUNNY)], "21")
OTHER_RESULT = after("other_result", [DEGREES, ASK_PARIS, calling(PARIS), result(SNOW)], "-3")
TWO_RESULTS = after(
    "two_results",
    [
        system("Answer with both degrees in digits, separated by a comma."),
        ASK_BOTH,
        calling(PARIS, OSLO),
        result(SUNNY, 1),
        result(SNOW, 2),
    ],
    "21,-3",
)
FAILED_RESULT = after(
    "failed_result",
    [
        system("If a tool fails, answer with the single word Unknown."),
        ASK_PARIS,
        calling(PARIS),
        result('{"error": "no such station"}'),
    ],
    "Unknown",
    matcher=same_words,
)
LIST_RESULT = after(
    "list_result",
    [
        system("Answer with the number of alarms in digits only."),
        user("How many alarms are set? Use the tool."),
        calling(Call("list_alarms")),
        result('["06:30", "07:15", "22:00"]'),
    ],
    "3",
    tools=(ALARMS,),
)
UNICODE_RESULT = after(
    "unicode_result",
    [
        system("Repeat what the tool says, word for word."),
        ASK_PARIS,
        calling(PARIS),
        result("ensoleillé ☀️ 21°"),
    ],
    "ensoleillé ☀️ 21°",
    matcher=same_words,
)
NEXT_CALL = Turn(
    "next_call",
    [
        ASK_PARIS,
        calling(PARIS),
        result(SUNNY),
        {"role": "assistant", "content": "21"},
        user("And in Oslo? Use the tool."),
    ],
    Answer(calls=(OSLO,)),
    tools=[WEATHER],
    matcher=text_beside_calls,
)

CALLS = (ONE_CALL, NO_ARGUMENTS, UNICODE_ARGUMENTS, QUOTED_ARGUMENTS, NESTED_ARGUMENTS)
"""One call each, with arguments of every kind."""

RESULTS = (RESULT, OTHER_RESULT, FAILED_RESULT, LIST_RESULT, UNICODE_RESULT)
"""An answer after a call each, with results of every kind."""

TURNS = (
    ONE_CALL,
    OF_TWO_TOOLS,
    OTHER_OF_TWO_TOOLS,
    NO_ARGUMENTS,
    UNICODE_ARGUMENTS,
    QUOTED_ARGUMENTS,
    NESTED_ARGUMENTS,
    PARALLEL,
    PARALLEL_MIXED,
    THREE_CALLS,
    TEXT_BESIDE_CALL,
    NOT_NEEDED,
    RESULT,
    OTHER_RESULT,
    TWO_RESULTS,
    FAILED_RESULT,
    LIST_RESULT,
    UNICODE_RESULT,
    NEXT_CALL,
)
