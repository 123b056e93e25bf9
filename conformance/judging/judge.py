"""Turns laws into verdicts: what held, what is broken, and what the server has not shown."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.progress import track

from conformance.judging.exchange import Exchange
from conformance.judging.law import BrokenError, InconclusiveError, Law, NotAskedError
from conformance.judging.reading import Reading
from conformance.judging.server import Asked, Server
from conformance.spec.dialogue import Turn

DEMANDED_RATE = 0.8
"""Of its trials a sampled model may miss one in five."""

_Z = 1.959964
"""Standard deviations on each side of an interval that holds the true rate 95 times of 100."""


class Outcome(StrEnum):
    """How a law was judged."""

    HELD = "held"
    BROKEN = "broken"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"
    NOT_ASKED = "not asked"
    KNOWN_GAP = "known gap"
    CLOSED_GAP = "closed gap"

    @property
    def is_failure(self) -> bool:
        """Whether it fails the judgement, where it counts."""
        return self in (Outcome.BROKEN, Outcome.ERRORED, Outcome.CLOSED_GAP)


@dataclass(frozen=True)
class Verdict:
    """What was found of a law.

    Attributes:
        law: the law.
        outcome: how it was judged.
        reason: why it was not held, in a sentence.
        got: what came where it is broken.
        expected: what it demands there.
        exchanges: what was asked, and the answers; those of the trial that decided.
        missed: whether the model may have broken it: by a wrong answer, or because it is about what it wrote.
        held: how many trials held.
        trials: how many there were that proved something.
        seconds: how long they took.
    """

    law: Law
    outcome: Outcome
    reason: str = ""
    got: str = ""
    expected: str = ""
    exchanges: Sequence[Exchange] = ()
    missed: bool = False
    held: int = 0
    trials: int = 0
    seconds: float = 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The rate at which it holds, from and to, with a confidence of 95 %."""
        return wilson(self.held, self.trials)


def judge(server: Server, laws: Iterable[Law], trials: int = 1) -> Iterator[Verdict]:
    """The verdict on each law, in their order.

    Args:
        server: the server.
        laws: what it is judged by.
        trials: how many times each is asked.
    """
    laws = list(laws)
    rounds = []
    # A model on a slow machine answers for minutes; the bar is on standard error, and only on a terminal.
    console = Console(stderr=True)
    for number in range(1, trials + 1):
        server.forget()
        bar = track(
            laws,
            f"trial {number} of {trials}",
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        rounds.append([_trial(server, law) for law in bar])
    for law, *found in zip(laws, *rounds, strict=True):
        yield _summed(law, found)


def wilson(held: int, trials: int) -> tuple[float, float]:
    """Wilson's interval of a rate, which is right for few trials too: (0, 1) for none.

    https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
    """
    if not trials:
        return 0.0, 1.0
    rate, square = held / trials, _Z * _Z / trials
    middle = (rate + square / 2) / (1 + square)
    half = _Z * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def _trial(server: Server, law: Law) -> Verdict:
    server.asked = asked = Asked()
    start = time.monotonic()
    outcome, reason, got, expected = _judged(server, law)
    seconds = time.monotonic() - start
    missed = law.sampled or bool(server.wrong_answers())
    return Verdict(law, outcome, reason, got, expected, tuple(asked.exchanges), missed, seconds=seconds)


def _judged(server: Server, law: Law) -> tuple[Outcome, str, str, str]:
    try:
        law.check(server, *law.given)
    except BrokenError as error:
        return (
            Outcome.BROKEN,
            f"{error.got}, where the law demands {error.expected}",
            error.got,
            error.expected,
        )
    except InconclusiveError as error:
        return Outcome.INCONCLUSIVE, str(error), "", ""
    except NotAskedError as error:
        return Outcome.NOT_ASKED, str(error), "", ""
    except Exception as error:  # noqa: BLE001  # a law that crashes on an odd answer must not end the run
        return Outcome.ERRORED, f"the law itself crashed: {type(error).__name__}: {error}", "", ""
    if wrong := server.wrong_answers():
        return Outcome.INCONCLUSIVE, _unproven(*wrong[0]), "", ""
    return Outcome.HELD, "", "", ""


def _unproven(turn: Turn, reading: Reading) -> str:
    """Why a law that holds around a wrong answer is not proven."""
    calls = [f"{call.name}({call.arguments})" for call in reading.calls]
    asked = [f"{call.name}({dict(call.arguments)})" for call in turn.answer.calls]
    came = ", ".join([*([repr(reading.text)] if reading.text or not calls else []), *calls])
    wanted = ", ".join(asked) or repr(turn.answer.text)
    return f"the answer to {turn.name!r} is {came:.200}, and not {wanted:.200}"


def _summed(law: Law, trials: Sequence[Verdict]) -> Verdict:
    """One verdict of several trials: one miss breaks a law, unless it is the model's and rare enough.

    A trial in which the model answered wrong proves nothing against the server.
    """
    seconds = sum(each.seconds for each in trials)
    held = [each for each in trials if each.outcome is Outcome.HELD]
    broken = [each for each in trials if each.outcome is Outcome.BROKEN]
    counted = len(held) + len(broken)
    others = [each for each in trials if each.outcome not in (Outcome.HELD, Outcome.BROKEN)]
    decisive = next(iter([*broken, *held, *others]))
    outcome, reason = decisive.outcome, decisive.reason
    if broken and all(each.missed for each in broken):
        low, high = wilson(len(held), counted)
        if low >= DEMANDED_RATE:
            outcome = Outcome.HELD
        elif high >= DEMANDED_RATE:
            outcome = Outcome.INCONCLUSIVE
        if counted > 1:
            rate = f"held in {len(held)} of {counted} trials, so at a rate of {low:.0%} to {high:.0%}"
            reason = f"{rate}; at worst: {reason}"
    return Verdict(
        law,
        outcome,
        reason,
        decisive.got,
        decisive.expected,
        decisive.exchanges,
        decisive.missed,
        len(held),
        counted,
        seconds,
    )
