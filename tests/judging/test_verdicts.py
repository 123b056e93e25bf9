"""Several trials make a rate with its interval; a model may miss now and then, a server's bytes may not.

Unit tests of the arithmetic, and scripts that are right only sometimes.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import ClassVar

import pytest
from typing_extensions import override

from conformance.judging.judge import Outcome, Verdict, wilson
from conformance.judging.judgement import Address, judged
from conformance.servers.scripted import Cut, Repeat, Request, Script, ScriptedServer
from conformance.spec.dialogue import Answer, Turn
from tests.judging.judging import judgement
from tests.judging.right_server import WIRE, Body, RightServer, Spoken

ASKED = "answers/the_whole_answer_is_right-capital"
DONE = "stream/a_stream_ends_with_done-count"


class Sampled(RightServer):
    """A model that misses the given trials, from 0."""

    def __init__(self, *missed: int) -> None:
        super().__init__()
        self._missed = missed
        # The first question only finds out whether the server answers at all.
        self._trials = itertools.count(-1)

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        return Spoken("London") if next(self._trials) in self._missed else super().answer(request, body)


class Flaky(RightServer):
    """A right server whose model answers every eleventh question wrong."""

    _asked = 0

    @override
    def turn(self, request: Request, body: Body) -> Turn:
        self._asked += 1
        turn = super().turn(request, body)
        return turn if self._asked % 11 else replace(turn, answer=Answer("I do not know."))


class NotAlwaysDone(RightServer):
    """A server that forgets [DONE] in every third stream."""

    _streams = 0

    @override
    def streamed(self, chunks: list[Body]) -> Script:
        self._streams += 1
        script = list(super().streamed(chunks))
        return script if self._streams % 3 else [*script[:-2], script[-1]]


def verdict(server: RightServer, law: str = ASKED, trials: int = 5) -> Verdict:
    [found] = judgement(server, law, trials=trials).verdicts
    return found


@pytest.mark.parametrize(
    ("missed", "outcome"),
    [
        ((), Outcome.HELD),
        ((0,), Outcome.INCONCLUSIVE),
        ((1, 3), Outcome.INCONCLUSIVE),
        ((0, 1, 2), Outcome.BROKEN),
        ((0, 1, 2, 3, 4), Outcome.BROKEN),
    ],
)
def test_a_sampled_model_is_judged_by_its_rate(missed: tuple[int, ...], outcome: Outcome) -> None:
    found = verdict(Sampled(*missed))
    assert (found.outcome, found.held, found.trials) == (outcome, 5 - len(missed), 5)


def test_a_rare_miss_of_many_trials_is_held() -> None:
    assert verdict(Sampled(7), trials=30).outcome is Outcome.HELD


@pytest.mark.parametrize("trials", [5, 15])
def test_a_model_that_misses_now_and_then_breaks_no_law(trials: int) -> None:
    """Whatever law asks it: of text, calls, limits, usage, streams or refusals."""
    found = judgement(Flaky(), trials=trials)
    assert [(each.law.id, each.reason) for each in found.verdicts if each.outcome.is_failure] == []
    assert {each.outcome for each in found.verdicts} == {Outcome.HELD, Outcome.INCONCLUSIVE}
    assert found.status == 0
    rates = [each.reason for each in found.verdicts if each.outcome is Outcome.INCONCLUSIVE]
    assert any(re.match(r"held in \d+ of \d+ trials, so at a rate of \d+% to \d+%; ", each) for each in rates)


def test_the_reason_of_a_rate_has_its_interval() -> None:
    reason = verdict(Sampled(1, 3)).reason
    assert reason.startswith("held in 3 of 5 trials, so at a rate of 23% to 88%; at worst: 'London'")


def test_the_terminal_says_what_several_trials_prove() -> None:
    lines = judgement(Sampled(), ASKED, trials=5).lines()
    assert "5 trials: what the model never missed, it does at a rate of 57% to 100%" in lines


def test_one_miss_of_a_server_breaks_its_law() -> None:
    found = verdict(NotAlwaysDone(), DONE)
    assert (found.outcome, found.held, found.trials) == (Outcome.BROKEN, 4, 5)


def test_a_law_around_a_wrong_answer_is_not_proven() -> None:
    found = verdict(Sampled(0), "answer/an_answer_is_json", trials=1)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason == "the answer to 'capital' is 'London', and not 'Paris'"


# As scipy 1.17.1 gives them: scipy.stats.binomtest(held, trials).proportion_ci(method="wilson").
@pytest.mark.parametrize(
    ("held", "trials", "interval"),
    [
        (0, 1, (0.0, 0.7935)),
        (1, 1, (0.2065, 1.0)),
        (3, 5, (0.2307, 0.8824)),
        (5, 5, (0.5655, 1.0)),
        (95, 100, (0.8882, 0.9785)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_the_interval_is_wilson_s(held: int, trials: int, interval: tuple[float, float]) -> None:
    assert wilson(held, trials) == pytest.approx(interval, abs=1e-4)


@pytest.mark.parametrize(("declared", "status"), [((), 0), (("n",), 0), (("tools",), 1)])
def test_only_declared_capabilities_count_for_the_exit_status(declared: tuple[str, ...], status: int) -> None:
    class NoTools(RightServer):
        @override
        def answer(self, request: Request, body: Body) -> Spoken:
            return Spoken("I have no tools.") if "tools" in body else super().answer(request, body)

    found = judgement(NoTools(), declared=declared)
    assert found.status == status


def test_laws_that_need_a_key_or_a_context_are_not_asked_without() -> None:
    with ScriptedServer(RightServer(key=None)) as server:
        found = judged(Address(f"{server.url}/v1", "tiny"), "chat", ["refusals/*"])
    not_asked = {each.law.name for each in found.verdicts if each.outcome is Outcome.NOT_ASKED}
    assert {name.partition("-")[2] for name in not_asked} == {"wrong_key", "no_key", "overflow"}
    assert found.status == 0


def test_a_server_that_stops_answering_is_given_up() -> None:
    class Dies(RightServer):
        @override
        def __call__(self, request: Request) -> Script:
            return super().__call__(request) if b'"max_tokens": 64' in request.body else [Cut()]

    found = judgement(Dies()).verdicts
    asked = [each for each in found if each.outcome is Outcome.BROKEN]
    assert {each.got for each in asked} == {
        "RemoteProtocolError: Server disconnected without sending a response."
    }
    reasons = {each.reason for each in found if each.outcome is Outcome.INCONCLUSIVE}
    assert reasons == {"the server left 3 questions in a row unanswered, and was not asked any more"}
    assert len({exchange.sent for each in found for exchange in each.exchanges}) == 3


def test_a_stream_that_never_ends_is_broken_off() -> None:
    class Endless(RightServer):
        @override
        def streamed(self, chunks: list[Body]) -> Script:
            return [*super().streamed(chunks)[:-1], Repeat(b": wait\n\n", 100, 0.1)]

    with ScriptedServer(Endless(key=None)) as server:
        address = Address(f"{server.url}/v1", "tiny", seconds=0.5)
        found = judged(address, "chat", [DONE]).verdicts
    assert [(each.outcome, each.got) for each in found] == [(Outcome.BROKEN, "still sending after 0.5 s")]


def test_a_busy_server_is_asked_again_when_it_says_so() -> None:
    class BusyOnce(RightServer):
        _asked: ClassVar[set[bytes]] = set()

        @override
        def __call__(self, request: Request) -> Script:
            if request.body in self._asked:
                return super().__call__(request)
            self._asked.add(request.body)
            return WIRE.error("rate_limit").reply({"retry-after": "0"})

    assert judgement(BusyOnce(), "answers/*").status == 0


def test_a_busy_server_is_not_judged() -> None:
    class Busy(RightServer):
        @override
        def __call__(self, request: Request) -> Script:
            return (
                self.error("rate_limit")
                if b"Answer with one word" not in request.body
                else super().__call__(request)
            )

    found = verdict(Busy(), "answers/the_whole_answer_is_right-count", trials=1)
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, "the server was busy: status 429")
