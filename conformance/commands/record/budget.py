"""What recording may cost at most, what it has cost so far, and the tables that show both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from conformance.runner.targets.target import Target
from conformance.servers.hosted import Cost, HostedServers


@dataclass(frozen=True)
class Bound:
    """What recording one hosted target costs at most.

    Attributes:
        target: the target.
        scenarios: how many are recorded of it.
        cost: requests and tokens at most.
        dollars: budget at most; None where no price is known.
        missing: what is needed before it can be asked; empty when nothing is.
        retired: the day from which its model is no longer served, where that day has come.
    """

    target: Target
    scenarios: int
    cost: Cost
    dollars: float | None
    missing: str
    retired: str


def bounds(targets: Sequence[Target], scenarios: Mapping[str, int], rehearsed: HostedServers) -> list[Bound]:
    """The bounds of the hosted ones among ``targets``, which were all rehearsed."""
    return [_bound(target, scenarios.get(target.label, 0), rehearsed) for target in targets if target.hosted]


def _bound(target: Target, scenarios: int, rehearsed: HostedServers) -> Bound:
    assert target.hosted is not None
    cost, price = rehearsed.cost(target.label), rehearsed.price(target.hosted, target.model)
    today = datetime.now(UTC).date().isoformat()
    return Bound(
        target=target,
        scenarios=scenarios,
        cost=cost,
        dollars=None if price is None else price.of(cost),
        missing=rehearsed.missing(target.hosted),
        retired=price.retired if price is not None and price.retired and price.retired <= today else "",
    )


def too_much(bounds: Sequence[Bound], limit: float) -> str:
    """Why what may be asked of these may cost more than ``limit`` dollars; empty when it may not."""
    ready = [bound for bound in bounds if not bound.missing]
    unknown = [bound.target.label for bound in ready if bound.dollars is None]
    if unknown:
        return (
            f"nobody knows what {', '.join(unknown)} costs: name an entry of litellm's price table, "
            'price = "…", in its table "hosted" in pyproject.toml'
        )
    most = sum(bound.dollars or 0.0 for bound in ready)
    if most <= limit:
        return ""
    return f"this may cost {dollars(most)}, more than --max-cost {limit:g}: narrow it, or give another limit"


def bounds_table(bounds: Sequence[Bound]) -> list[str]:
    """What each hosted target costs at most, and what it needs."""
    table = _table("backend@target", "scenarios", "requests", "tokens, at most", "dollars, at most")
    table.add_column("needs")
    for bound in bounds:
        notes = [bound.missing or "nothing more"]
        notes += [f"its model was to be retired on {bound.retired}"] if bound.retired else []
        table.add_row(
            bound.target.label, str(bound.scenarios), *_costs(bound.cost, bound.dollars), ", ".join(notes)
        )
    return _rendered(table)


class Budget:
    """What the targets of a run have cost so far.

    Args:
        targets: the targets.
        hosts: the hosted servers that are asked.
        limit: dollars that must not be spent.
    """

    def __init__(self, targets: Sequence[Target], hosts: HostedServers, limit: float) -> None:
        self._targets, self._hosts, self.limit = targets, hosts, limit

    def spent_on(self, target: Target) -> float:
        """Dollars that one target has cost so far."""
        price = self._hosts.price(target.hosted, target.model) if target.hosted else None
        return price.of(self._hosts.cost(target.label)) if price is not None else 0.0

    @property
    def spent(self) -> float:
        """Dollars so far."""
        return sum(map(self.spent_on, self._targets))

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be asked."""
        return self.spent > self.limit

    @property
    def words(self) -> str:
        """Tokens and dollars so far; empty where nothing costs anything."""
        costs = list(self._hosts.costs.values())
        tokens = sum(cost.prompt_tokens + cost.completion_tokens for cost in costs)
        return f": {tokens:,} tokens, {dollars(self.spent)} so far" if costs else ""

    def table(self, counts: Mapping[str, Mapping[str, int]]) -> list[str]:
        """One line a target: recordings changed, kept, failed and left, and what they cost."""
        ends = ("changed", "kept", "failed", "left")
        table = _table("backend@target", *ends, "requests", "tokens", "dollars")
        for target in self._targets:
            if target.label in counts:
                cost = self._hosts.cost(target.label)
                paid = _costs(cost, self.spent_on(target)) if target.hosted else ("-", "-", "-")
                table.add_row(target.label, *(str(counts[target.label].get(end, 0)) for end in ends), *paid)
        return _rendered(table)


def dollars(amount: float) -> str:
    """Budget as people write it, never rounded down to nothing."""
    return "$0" if not amount else f"${max(amount, 0.0001):.4f}"


def _costs(cost: Cost, budget: float | None) -> tuple[str, str, str]:
    tokens = cost.prompt_tokens + cost.completion_tokens
    return f"{cost.requests:,}", f"{tokens:,}", "unknown" if budget is None else dollars(budget)


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _rendered(table: Table) -> list[str]:
    file = StringIO()
    Console(file=file, width=1000, force_terminal=False, color_system=None).print(table)
    return [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]
