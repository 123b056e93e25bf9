"""What a terminal of 80 columns shows of a judgement: a table, what is broken, and what nobody knows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from conformance.judging.judge import Outcome, Verdict, wilson
from conformance.judging.law import CAPABILITIES
from conformance.judging.shown import Shown

COLUMNS = 80

_NAMED = 6
"""Cases that are named where several are broken in the same way."""


def lines(
    verdicts: Sequence[Verdict], shown: Shown, declared: Collection[str], unknown: Iterable[str]
) -> list[str]:
    """Everything that is shown of a judgement.

    Args:
        verdicts: the verdicts.
        shown: shows requests and answers of the server.
        declared: the capabilities that count for the exit status.
        unknown: the fields of the answers that the provider's do not have.
    """
    return [
        *_table(verdicts),
        "",
        *_capabilities(verdicts, declared),
        *_broken(verdicts, shown, declared),
        *_others(verdicts, shown, Outcome.KNOWN_GAP),
        *_others(verdicts, shown, Outcome.INCONCLUSIVE),
        *_others(verdicts, shown, Outcome.NOT_ASKED),
        *_unknown(unknown, shown),
        *_rate(verdicts),
        *_wrapped(headline(verdicts, shown)),
    ]


def headline(verdicts: Sequence[Verdict], shown: Shown) -> str:
    """The score, in a sentence."""
    asked = [each for each in verdicts if each.outcome is not Outcome.NOT_ASKED]
    counts = {outcome: sum(each.outcome is outcome for each in verdicts) for outcome in Outcome}
    rate = f" ({counts[Outcome.HELD] / len(asked):.0%})" if asked else ""
    others = [f"{counts[each]} {each}" for each in Outcome if each is not Outcome.HELD and counts[each]]
    score = f"{shown.name}: {counts[Outcome.HELD]} of {len(asked)} laws held{rate}"
    return ", ".join([score, *others])


def _table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    heads = [*(outcome for outcome in Outcome if any(each.outcome is outcome for each in verdicts)), "of"]
    groups = list(dict.fromkeys(each.law.group for each in verdicts))
    yield f"{'group':<10}" + "".join(f"{head:>{len(head) + 3}}" for head in heads)
    for group in [*groups, ""]:
        own = [each for each in verdicts if group in (each.law.group, "")]
        counts = [sum(each.outcome is head for each in own) for head in heads[:-1]]
        cells = [*(str(count or "-") for count in counts), str(len(own))]
        yield f"{group or 'all':<10}" + "".join(
            f"{cell:>{len(head) + 3}}" for head, cell in zip(heads, cells, strict=True)
        )


def _capabilities(verdicts: Sequence[Verdict], declared: Collection[str]) -> Iterator[str]:
    """A line for each capability: how many of its laws held, and whether it counts."""
    for name in CAPABILITIES:
        own = [each.outcome for each in verdicts if each.law.capability == name]
        if own:
            counts = (
                "declared" if name in declared else "not declared, so it does not count for the exit status"
            )
            yield f"{name:<16}{f'{own.count(Outcome.HELD)}/{len(own)}':>6}  {counts}"
    yield ""


def _broken(verdicts: Sequence[Verdict], shown: Shown, declared: Collection[str]) -> Iterator[str]:
    """What is broken, what counts first; the cases that are broken in the same way are one."""
    broken = [each for each in verdicts if each.outcome.is_failure]
    broken.sort(key=lambda each: not counts(each, declared))
    for same in _alike(broken, declared):
        first = same[0]
        title = f"{first.outcome}: {first.law.id}"
        others = [
            each.law.name.partition("-")[2] if each.law.whole == first.law.whole else each.law.id
            for each in same[1:]
        ]
        if others:
            named = ", ".join(others[:_NAMED]) + (" …" if len(others) > _NAMED else "")
            title += f", and {len(others)} more like it: {named}"
        if not counts(first, declared):
            title += f" ({first.law.capability} is not declared)"
        yield from _wrapped(title)
        yield from _fact("law", first.law.words.replace("``", "`"))
        if found := shown.secret_in(first.exchanges):
            yield from [*_fact("got", f"not shown, because it contains {found}"), ""]
            continue
        if first.outcome is Outcome.BROKEN:
            yield from _fact("got", shown.hidden()(first.got))
            yield from _fact("expected", first.expected)
        if first.trials > 1 or first.outcome is not Outcome.BROKEN:
            yield from _fact("why", shown.hidden()(first.reason))
        if first.outcome is not Outcome.CLOSED_GAP:
            yield from _answers(first, shown)
        yield ""


def counts(verdict: Verdict, declared: Collection[str]) -> bool:
    """Whether a verdict counts for the exit status."""
    return verdict.law.capability is None or verdict.law.capability in declared


def _answers(verdict: Verdict, shown: Shown) -> Iterator[str]:
    """The last answer, and the command that asks for it again."""
    for exchange in verdict.exchanges[-1:]:
        yield from _fact("answer", shown.line(exchange))
        # Not wrapped: who copies it needs it in one piece.
        yield f"  again     {shown.command(exchange) or f'--law {verdict.law.id} (too long for curl)'}"


def _others(verdicts: Sequence[Verdict], shown: Shown, outcome: Outcome) -> Iterator[str]:
    """The laws of an outcome, by their reason."""
    own = sorted((each for each in verdicts if each.outcome is outcome), key=lambda each: each.reason)
    for reason, grouped in groupby(own, key=lambda each: each.reason):
        same = list(grouped)
        names = [each.law.id for each in same]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        found = shown.secret_in(exchange for each in same for exchange in each.exchanges)
        words = f"not shown, because it contains {found}" if found else shown.hidden()(reason)
        yield from _wrapped(f"{outcome}: {', '.join(names[:_NAMED])}{more}: {words}")
    if own:
        yield ""


def _unknown(unknown: Iterable[str], shown: Shown) -> Iterator[str]:
    if names := sorted(unknown):
        yield from _wrapped(f"fields that {shown.api.provider}'s answers do not have: {', '.join(names)}")
        yield ""


def _rate(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What several trials prove of a model that never missed."""
    trials = max((each.trials for each in verdicts), default=0)
    if trials > 1:
        low, high = wilson(trials, trials)
        yield from _wrapped(
            f"{trials} trials: what the model never missed, it does at a rate of {low:.0%} to {high:.0%}"
        )
        yield ""


def _alike(verdicts: Sequence[Verdict], declared: Collection[str]) -> list[list[Verdict]]:
    """Verdicts for the same reason: those of one law that differ in nothing but their case and in numbers.

    Laws that got the same, where they demand the same, are broken by one mistake.
    """
    of_laws: dict[tuple[Outcome, str, str], list[Verdict]] = {}
    for each in verdicts:
        cause = re.sub(r"\d+", "#", f"{each.got}{each.expected}")
        of_laws.setdefault((each.outcome, each.law.whole, cause), []).append(each)
    found: dict[tuple[object, ...], list[Verdict]] = {}
    for own in of_laws.values():
        first = own[0]
        got = (first.got, first.expected) if first.got else (first.law.whole,)
        found.setdefault((counts(first, declared), first.outcome, *got), []).extend(own)
    return list(found.values())


def _fact(name: str, text: str) -> list[str]:
    return _wrapped(text, f"  {name:<10}", " " * 12)


def _wrapped(text: str, first: str = "", later: str = "    ") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), COLUMNS, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    )
