"""The most that recording can cost, the cost so far, and the tables that show both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from conformance.report.terminal import rendered
from conformance.runner.targets.target import Target
from conformance.servers.hosted import Cost, HostedServers


@dataclass(frozen=True)
class Bound:
    """The most that recording one hosted target can cost.

    Attributes:
        target: the target.
        scenarios: the number of its scenarios.
        cost: requests and tokens at most.
        dollars: dollars at most; None where no price is known.
        missing: what must be done before the target can be asked; empty when nothing must.
        retired: the day since which its model is no longer served; empty where that day has not come.
    """

    target: Target
    scenarios: int
    cost: Cost
    dollars: float | None
    missing: str
    retired: str


def bounds(targets: Sequence[Target], scenarios: Mapping[str, int], rehearsed: HostedServers) -> list[Bound]:
    """The bound of each hosted target; all ``targets`` have been rehearsed."""
    today = datetime.now(UTC).date().isoformat()
    found = []
    for target in targets:
        if target.hosted is not None:
            cost, price = rehearsed.cost(target.label), rehearsed.price(target.hosted, target.model)
            most = None if price is None else price.of(cost)
            retired = price.retired if price is not None and price.retired <= today else ""
            missing = rehearsed.missing(target.hosted)
            found.append(Bound(target, scenarios.get(target.label, 0), cost, most, missing, retired))
    return found


def too_much(bounds: Sequence[Bound], limit: float) -> str:
    """Why recording may cost more than ``limit`` dollars; empty when it cannot."""
    ready = [bound for bound in bounds if not bound.missing]
    unknown = [bound.target.label for bound in ready if bound.dollars is None]
    if unknown:
        return (
            f"no price is known for {', '.join(unknown)}: name an entry of litellm's price table as "
            'price = "…" in its table "hosted" in pyproject.toml'
        )
    most = sum(bound.dollars or 0.0 for bound in ready)
    if most <= limit:
        return ""
    return f"this may cost {dollars(most)}, more than --max-cost {limit:g}: select less, or raise the limit"


def bounds_table(bounds: Sequence[Bound]) -> list[str]:
    """The most that each hosted target can cost, and what it needs."""
    table = _table("backend@target", "scenarios", "requests", "tokens, at most", "dollars, at most")
    table.add_column("needs")
    for bound in bounds:
        notes = [bound.missing or "nothing more"]
        notes += [f"its model was to be retired on {bound.retired}"] if bound.retired else []
        table.add_row(
            bound.target.label, str(bound.scenarios), *_costs(bound.cost, bound.dollars), ", ".join(notes)
        )
    return _lines(table)


class Budget:
    """The cost of a run so far, and its limit in dollars."""

    def __init__(self, targets: Sequence[Target], hosts: HostedServers, limit: float) -> None:
        self._targets, self._hosts, self.limit = targets, hosts, limit

    def spent_on(self, target: Target) -> float:
        """Dollars spent on one target."""
        price = self._hosts.price(target.hosted, target.model) if target.hosted else None
        return price.of(self._hosts.cost(target.label)) if price is not None else 0.0

    @property
    def spent(self) -> float:
        """Dollars so far."""
        return sum(map(self.spent_on, self._targets))

    @property
    def is_spent(self) -> bool:
        """Whether the limit is passed, so that nothing more may be asked."""
        return self.spent > self.limit

    @property
    def words(self) -> str:
        """Tokens and dollars so far; empty where no hosted server was asked."""
        costs = self._hosts.costs.values()
        tokens = sum(cost.prompt_tokens + cost.completion_tokens for cost in costs)
        return f": {tokens:,} tokens, {dollars(self.spent)} so far" if costs else ""

    def table(self, counts: Mapping[str, Mapping[str, int]]) -> list[str]:
        """A line for each target: recordings changed, kept, failed and left, and their cost."""
        ends = ("changed", "kept", "failed", "left")
        table = _table("backend@target", *ends, "requests", "tokens", "dollars")
        for target in self._targets:
            if target.label in counts:
                cost = self._hosts.cost(target.label)
                paid = _costs(cost, self.spent_on(target)) if target.hosted else ("-", "-", "-")
                table.add_row(target.label, *(str(counts[target.label].get(end, 0)) for end in ends), *paid)
        return _lines(table)


def dollars(amount: float) -> str:
    """Dollars with four decimals; a positive amount is never shown as zero."""
    return "$0" if not amount else f"${max(amount, 0.0001):.4f}"


def _costs(cost: Cost, amount: float | None) -> tuple[str, str, str]:
    tokens = cost.prompt_tokens + cost.completion_tokens
    return f"{cost.requests:,}", f"{tokens:,}", "unknown" if amount is None else dollars(amount)


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _lines(table: Table) -> list[str]:
    return [line for line in rendered(table).splitlines() if line]
