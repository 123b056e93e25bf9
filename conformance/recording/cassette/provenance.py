"""The provenance of a cassette."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

_RECORDED = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", re.ASCII)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """When, from which server and with which software a cassette was recorded.

    Attributes:
        source: always ``recording``.
        scenario: ``group/name``.
        backend: the name of the backend that sent the requests.
        target: the name of the target.
        model: the model that was asked.
        host: the URL of the server as it is stored.
        digest: twelve hex digits over the prompts, tools and parameters of the scenario.
        recorded: a date-time in UTC.
        harness: the version of the suite.
        sdks: the version of each installed SDK.
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
            raise ValueError(f"the source of a cassette must be 'recording', not {self.source!r}")
        is_utc = datetime.fromisoformat(self.recorded).utcoffset() == timedelta(0)
        if not is_utc or not _RECORDED.fullmatch(self.recorded):
            raise ValueError(f"recorded must be a date-time in UTC, not {self.recorded!r}")

    def as_dict(self) -> dict[str, Any]:
        """The provenance as the cassette stores it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Provenance:
        """The provenance that a cassette stores; ValueError or TypeError where it stores none."""
        provenance = cls(**stored)
        texts = {**stored, **provenance.sdks, "sdks": ""}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise ValueError(f"{name} in the provenance must be a text, not {text!r}")
        return provenance
