"""Where a cassette comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Who was asked what, when and with which software; it stands at the top of each cassette.

    ``host`` is the stored one, ``digest`` is over the scenario's prompts, tools and parameters,
    ``sdks`` maps each installed SDK to its version, ``recorded`` is a date-time in UTC.
    """

    source: Literal["recording"] = "recording"
    scenario: str
    backend: str
    target: str
    model: str
    host: str
    digest: str
    recorded: str = field(default_factory=_now)
    harness: str
    sdks: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.source != "recording":
            raise ValueError(f"a cassette is always a recording, not a {self.source!r}")
        if datetime.fromisoformat(self.recorded).utcoffset() != timedelta(0):
            raise ValueError(f"recorded is no date-time in UTC: {self.recorded!r}")

    def as_dict(self) -> dict[str, Any]:
        """The provenance as the cassette stores it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Provenance:
        """The provenance that a cassette stores; ValueError when it is not one."""
        provenance = cls(**stored)
        texts = {**stored, **provenance.sdks, "sdks": ""}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise ValueError(f"provenance holds {text!r} as {name}")
        return provenance
