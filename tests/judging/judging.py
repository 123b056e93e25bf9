"""Judges the scripted servers of these tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from conformance.judging.judge import Outcome
from conformance.judging.judgement import Address, Judgement, judged
from conformance.judging.law import CAPABILITIES
from conformance.servers.scripted import Handler, ScriptedServer
from tests.judging import wrong_answers, wrong_forms, wrong_streams
from tests.judging.right_server import CONTEXT, KEY, MODEL
from tests.judging.wrong_servers import WrongServer

__all__ = ["WRONG", "wrong_answers", "wrong_forms", "wrong_streams"]

WRONG = WrongServer.__subclasses__()
"""Every server that is wrong in one thing."""

FAILED = (Outcome.BROKEN, Outcome.ERRORED)


def judgement(
    handler: Handler,
    *chosen: str,
    api: str = "chat",
    trials: int = 1,
    declared: Collection[str] = CAPABILITIES,
    gaps: Mapping[str, str] = MappingProxyType({}),
) -> Judgement:
    """The judgement of a scripted server by the chosen laws, or by all."""
    with ScriptedServer(handler) as server:
        address = Address(f"{server.url}/v1", MODEL, KEY, "SERVER_KEY", CONTEXT)
        return judged(address, api, chosen or ["*"], trials, declared, gaps)


def broken(judged: Judgement) -> set[str]:
    """The laws that are broken, without their cases."""
    return {each.law.id.partition("-")[0] for each in judged.verdicts if each.outcome in FAILED}


def held(judged: Judgement) -> list[str]:
    """The laws that held, with their cases."""
    return [each.law.id for each in judged.verdicts if each.outcome is Outcome.HELD]
