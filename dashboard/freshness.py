"""How old the numbers on the page are, from what the marts and the pipeline say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard import words

WORKING = ("ready", "running")


@dataclass(frozen=True)
class Freshness:
    """Age in seconds (None: not known), its level, and how it is said."""

    age_s: float | None
    level: str  # fresh, amber, red
    text: str


def freshness(
    summary: Mapping[str, Any], hops: Iterable[Mapping[str, Any]], now: datetime
) -> Freshness:
    """Return the age of the newest number.

    A counting stage that reports and has nothing left to read proves that the numbers are as
    new as its report, however long ago the last ballot came. A report that was read a while ago
    has aged since, as the numbers have. A night that has ended ages no more.
    """
    if summary["night_status"] == "complete":
        return Freshness(0.0, "fresh", "night complete")
    ages = [(now - summary["as_of"]).total_seconds()] if summary["as_of"] else []
    ages += [
        (now - hop["heartbeat_at"]).total_seconds()
        for hop in hops
        if hop["stage"] == "spark"
        and hop["state"] in WORKING
        and hop["lag_messages"] == 0
        and hop["heartbeat_at"] is not None
    ]
    if not ages:
        return Freshness(None, "amber", "no number yet")
    age = max(0.0, min(ages))
    return Freshness(age, words.freshness_level(age), f"{words.duration(age)} old")
