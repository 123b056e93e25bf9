"""What answered the runs of a report: real servers, or scripts of our own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance.report.results import Report, Result, Source

ENGINE = ".invalid"
"""How the host of the embedded engine ends in a recording; that of a hosted provider is its own."""

ENGINE_WORDS = "llama.cpp with a model of our own"

UNNAMED = "not named in the results"
"""The server of recordings in a file of an earlier suite."""


def answered(report: Report) -> str:
    """The recordings with their servers and dates, then how many runs were live, derived and scripted."""
    recorded = [result for result in report if result.source is Source.RECORDING and result.recorded]
    rest = {
        "answered live by a real server": Source.LIVE,
        "derived from recordings": Source.DERIVED,
        "scripted": Source.SCRIPT,
    }
    counts = {words: sum(result.source is source for result in report) for words, source in rest.items()}
    parts = [f"{count:,} {words}" for words, count in counts.items() if count]
    is_part = bool(report.header.get("narrowed") or report.header.get("shard"))
    has_live = any(result.source is Source.LIVE for result in report)
    recordings = _recordings(recorded, is_part) if recorded or not has_live else []
    return "; ".join([*recordings, *parts])


def _host(server: str) -> str:
    """The host of an address; empty where it is none, for a file may say anything."""
    try:
        return urlsplit(server).hostname or ""
    except ValueError:
        return ""


def _recordings(recorded: Sequence[Result], is_part: bool) -> list[str]:
    if not recorded:
        return ["no recording of a real server"]
    hosts = sorted({_host(result.server) for result in recorded})
    others = [host for host in hosts if not host.endswith(ENGINE)]
    servers = [*([ENGINE_WORDS] if len(others) < len(hosts) else []), *(host or UNNAMED for host in others)]
    days = [result.recorded[:10] for result in recorded]
    count = "one real server" if len(servers) == 1 else f"{len(servers)} real servers"
    recordings = "1 recording" if len(recorded) == 1 else f"{len(recorded):,} recordings"
    found = [f"{recordings} of {count}, {', '.join(servers)}, made {min(days)} to {max(days)}"]
    if not others:
        found.append(
            "no hosted provider among them" if is_part else "no hosted provider has been recorded yet"
        )
    return found
