"""The report of drift reads well where it is shown, whatever stands in a change.

Unit tests of pure functions: no server can be asked to change its API for a test. The Markdown is rendered.
"""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.commands.record.drift_report import LocatedDrift, lines, markdown
from conformance.recording import Drift, Severity

GONE = Drift(Severity.WARNING, "POST /v1/chat $.usage", "is gone; it was object")
NEW = Drift(Severity.INFO, "POST /v1/chat <content>.choices[].delta.refusal", "is new: null")
TYPE = Drift(Severity.ERROR, "POST /v1/chat $.choices[0].finish_reason", 'was "stop", is "end"')
FOUND = [
    ("openai@groq invoke/text", NEW),
    ("openai@groq invoke/text", GONE),
    ("openai@groq tools/one", GONE),
    ("litellm@cohere invoke/text", TYPE),
]


MARKUP = [*"|\\` é", "<b>", "</td>", "&amp;", "*a*", "_a_", "[a](b)", "![a](b)", "\\\\", "~~a~~", "# ", "- "]


class Cells(HTMLParser):
    """The text of each cell of a page's tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.others: set[str] = set()
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  (the base class names it)
        self._inside = tag == "td"
        self.cells += [""] if self._inside else []
        self.others |= {tag} - {"table", "thead", "tbody", "tr", "th", "td", "h1", "p", "pre", "code"}

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


def rendered(found: list[LocatedDrift]) -> Cells:
    return Cells(MarkdownIt().enable(["table", "strikethrough"]).render(markdown(found, 3)))


def test_a_change_of_a_whole_target_is_one_line_the_worst_first() -> None:
    assert list(lines(FOUND, 3)) == [
        'error: litellm@cohere invoke/text: POST /v1/chat $.choices[0].finish_reason: was "stop", is "end"',
        "warning: openai@groq invoke/text and 1 more: POST /v1/chat $.usage: is gone; it was object",
        "info: openai@groq invoke/text: POST /v1/chat <content>.choices[].delta.refusal: is new: null",
        "3 scenarios asked again: 1 error, 1 warning, 1 info; no recording was changed",
    ]


def test_the_markdown_shows_the_same_and_the_commands_that_accept_it() -> None:
    cells = rendered(FOUND).cells
    assert cells[:4] == ["error", "litellm@cohere invoke/text", TYPE.place, TYPE.what]
    assert cells[8:] == ["info", "openai@groq invoke/text", NEW.place, NEW.what]
    again = "python -m conformance record --target"
    assert f"{again} litellm@cohere\n{again} openai@groq\n" in markdown(FOUND, 3)


def test_without_a_change_there_is_no_table_and_nothing_to_record() -> None:
    assert markdown([], 3).splitlines()[2:] == [
        "3 scenarios asked again: 0 error, 0 warning, 0 info; no recording was changed"
    ]


@given(st.lists(st.sampled_from(MARKUP), min_size=1).map("".join).filter(str.strip))
def test_no_text_of_a_provider_breaks_the_table_or_becomes_a_link_or_an_image(text: str) -> None:
    shown = rendered([("openai@groq invoke/text", Drift(Severity.ERROR, text, text))])
    words = " ".join(text.split())
    assert shown.cells == ["error", "openai@groq invoke/text", words, words]
    assert not shown.others
