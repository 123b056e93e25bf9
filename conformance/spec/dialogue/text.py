"""Turns answered by text: greetings, memory, scripts of the world, white space, length."""

from __future__ import annotations

from dataclasses import replace

from conformance.spec.dialogue.matchers import Matcher, exact_text, same_json, same_numbers, same_words
from conformance.spec.dialogue.turn import Answer, Message, Turn, assistant, system, user


def say(name: str, text: str) -> Turn:
    """A turn whose prompt forces its answer word for word."""
    return Turn(name, [user(f"Reply with exactly this and nothing else: {text}")], Answer(text))


def ask(name: str, question: str, answer: str, *before: Message, matcher: Matcher = same_words) -> Turn:
    """A question with one right answer, after the messages ``before`` it."""
    return Turn(name, [*before, user(question)], Answer(answer), matcher=matcher)


GREETING = say("greeting", "Hello, world!")
ONE_WORD = say("one_word", "Yes")
ACCENTS = say("accents", "Où est la forêt ? Là-bas, près du château.")
CHINESE = say("chinese", "你好，世界！今天天气很好。")
EMOJI = say("emoji", "I see 🦀, 👩‍💻 and 🇫🇷")
SCRIPTS = say("scripts", "Привет, γειά, שלום, مرحبا, नमस्ते")
QUOTES = say("quotes", 'She said "no\\yes" & <left> {early}.')
MARKUP = say("markup", "```python\nprint('hi')\n```")
LINE_SEPARATORS = say("line_separators", "one\u2028two\u2029three\u0085four")
INNER_SPACE = say("inner_space", "a  b\n\n    c\td")
OUTER_SPACE = Turn(
    "outer_space",
    [user("Reply with two spaces, the word middle and two line feeds.")],
    Answer("  middle\n\n"),
)
JSON_AS_TEXT = replace(say("json_as_text", '{"answer": 42, "list": [1, 2]}'), matcher=same_json)

CAPITAL = ask("capital", "What is the capital of France? Answer with one word.", "Paris")
SUM = ask("sum", "What is 2 + 2? Answer in digits only.", "4", matcher=same_numbers)
COUNT = ask(
    "count",
    "Count from 1 to 10 in digits, separated by a comma and a space.",
    ", ".join(str(number) for number in range(1, 11)),
    matcher=exact_text,
)
LONG = ask(
    "long",
    "Count from 1 to 60 in digits, one number a line, nothing else.",
    "\n".join(str(number) for number in range(1, 61)),
    matcher=same_numbers,
)
ALPHABET = ask(
    "alphabet",
    "Write the alphabet in capital letters, separated by spaces.",
    " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    matcher=exact_text,
)

SYSTEM_PROMPT = ask(
    "system_prompt",
    "How are you?",
    "Bonjour",
    system("Whatever you are asked, answer with the single word Bonjour."),
)
OTHER_SYSTEM_PROMPT = ask(
    "other_system_prompt",
    "How are you?",
    "Guten Tag",
    system("Whatever you are asked, answer with the two words Guten Tag."),
)
MEMORY = ask(
    "memory",
    "What is my name? Answer with the name only.",
    "Ada",
    user("My name is Ada."),
    assistant("Nice to meet you, Ada."),
)
OTHER_MEMORY = ask(
    "other_memory",
    "What is my name? Answer with the name only.",
    "Grace",
    user("My name is Grace."),
    assistant("Nice to meet you, Grace."),
)
LONG_MEMORY = ask(
    "long_memory",
    "Which fruit did I name first? Answer with one word.",
    "Mango",
    system("You remember everything."),
    user("Remember the fruit mango."),
    assistant("Noted."),
    user("Remember the fruit cherry."),
    assistant("Noted."),
)
SAME_ROLE = ask(
    "same_role",
    "Now add one. Answer in digits only.",
    "8",
    user("Take the number seven."),
    matcher=same_numbers,
)

CUT_SHORT = Turn("cut_short", COUNT.messages, COUNT.answer, params={"max_tokens": 9}, trained=False)
STOPPED = Turn("stopped", COUNT.messages, Answer("1, 2, 3, 4, "), params={"stop": ["5"]}, trained=False)
INVALID_PARAMETER = Turn(
    "senseless", GREETING.messages, GREETING.answer, params={"max_tokens": -5}, trained=False
)

UNKNOWN_MODEL_SUFFIX = "-that-nobody-has"
"""Behind the name of a model: the name of a model that no server has."""
OVERFLOW_SENTENCE = "This question is too long for the context. "


def overflow(context: int) -> Turn:
    """A question of more tokens than a ``context`` of that many holds: nine for each eight of them."""
    return Turn("overflow", [user(OVERFLOW_SENTENCE * (context // 8 + 1))], Answer(), trained=False)


TURNS = (
    GREETING,
    ONE_WORD,
    ACCENTS,
    CHINESE,
    EMOJI,
    SCRIPTS,
    QUOTES,
    MARKUP,
    LINE_SEPARATORS,
    INNER_SPACE,
    OUTER_SPACE,
    JSON_AS_TEXT,
    CAPITAL,
    SUM,
    COUNT,
    LONG,
    ALPHABET,
    SYSTEM_PROMPT,
    OTHER_SYSTEM_PROMPT,
    MEMORY,
    OTHER_MEMORY,
    LONG_MEMORY,
    SAME_ROLE,
    CUT_SHORT,
    STOPPED,
    INVALID_PARAMETER,
)
