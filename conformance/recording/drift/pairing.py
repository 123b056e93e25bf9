"""Pairs the interactions of two recordings, normalised.

Ids are renamed, and so is every text of an answer that a later request repeats; no file is changed.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from conformance.recording.cassette.interaction import Interaction, Recording, Request, Response
from conformance.recording.cassette.readable import readable
from conformance.recording.drift import nondeterministic, schema
from conformance.recording.playback.differences import canonical

Item = TypeVar("Item")


@dataclass(frozen=True)
class ComparedInteraction:
    """An interaction as plain values."""

    title: str
    request: dict[str, Any]
    response: dict[str, Any]

    def normalised(self, names: Mapping[str, str], repeated: Collection[str]) -> ComparedInteraction:
        """The same with its ids renamed, and the texts that its request repeats."""
        question, answer = self.request["body"], self.response["body"]
        if "json" in question:
            question = {"json": nondeterministic.normalised_request(question["json"], names, repeated)}
        if "json" in answer:
            answer = {"json": nondeterministic.normalised_answer(answer["json"], names)}
        elif "events" in answer:
            events = [
                {**event, "data": nondeterministic.normalised_answer(event["data"], names)}
                for event in answer["events"]
            ]
            answer = {**answer, "events": events}
        return replace(
            self, request={**self.request, "body": question}, response={**self.response, "body": answer}
        )

    def ids(self) -> Iterator[str]:
        """The ids that the server has generated."""
        for answer in schema.documents(self.response["body"]):
            yield from nondeterministic.ids(answer)


def paired(
    old: Recording, new: Recording
) -> tuple[
    list[tuple[ComparedInteraction, ComparedInteraction]],
    list[ComparedInteraction],
    list[ComparedInteraction],
]:
    """Pairs of equal requests, then pairs of the others in order; the rest of the old, and of the new."""
    equal, gone, added = matched(_normalised(old), _normalised(new), lambda each: canonical(each.request))
    return [*equal, *zip(gone, added, strict=False)], gone[len(added) :], added[len(gone) :]


def matched(
    old: Iterable[Item], new: Iterable[Item], key: Callable[[Item], str]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pairs of items with the same key; the rest of the old, and of the new."""
    waiting: dict[str, deque[Item]] = defaultdict(deque)
    for each in new:
        waiting[key(each)].append(each)
    pairs, rest = [], []
    for each in old:
        if equal := waiting[key(each)]:
            pairs.append((each, equal.popleft()))
        else:
            rest.append(each)
    return pairs, rest, [each for equal in waiting.values() for each in equal]


def _normalised(recording: Recording) -> list[ComparedInteraction]:
    plain = [_compared(each) for each in recording.interactions]
    texts = {text for each in plain for text in schema.texts(each.response["body"])}
    # Threads record in any order; equal requests keep theirs, because they are played in it.
    blank = dict.fromkeys((name for each in plain for name in each.ids()), "<id>")
    plain.sort(key=lambda each: canonical(each.normalised(blank, texts).request))
    names: dict[str, str] = {}
    for each in plain:
        for name in each.ids():
            names.setdefault(name, f"<id {len(names) + 1}>")
    return [each.normalised(names, texts) for each in plain]


def _compared(interaction: Interaction) -> ComparedInteraction:
    request, response = interaction.request, interaction.response
    return ComparedInteraction(
        f"{request.method} {request.path}",
        {"method": request.method, "uri": request.uri, **_content(request)},
        {"status": response.status, **_content(response)},
    )


def _content(message: Request | Response) -> dict[str, Any]:
    content_type = message.headers.get("content-type", "").lower()
    return {"headers": dict(message.headers), "body": readable(message.body, content_type)}
